"""The programs that `benchmarks.synth` compares; each is one whole process: ``python -m benchmarks.apps NAME``."""

import gc
import runpy
import sys
from collections.abc import Callable
from functools import partial

from constructs_lib import bindings


def this_app() -> None:
    """Synthesize as ``cdktf synth`` has it done."""
    runpy.run_path("main.py", run_name="__main__")


def ordinary_import() -> None:
    """Synthesize the same with every binding loaded at once, as their packages do it by themselves."""
    bindings.load_lazily = lambda: None
    this_app()


def empty() -> None:
    """Synthesize a cdktf app with one empty stack: the floor under every cdktf app in Python."""
    from cdktf import App, TerraformStack  # noqa: PLC0415 this_app must be first to import it

    app = App()
    TerraformStack(app, "empty")
    app.synth()


def pairs(count: int) -> None:
    """Synthesize several pairs of this app's stacks in one app."""
    from main import App, add_stacks, load  # noqa: PLC0415

    settings = load().settings
    app = App(stack_traces=False)
    for pair in range(count):
        add_stacks(app, settings, suffix=f"-{pair}")
    app.synth()
    gc.freeze()  # as main.py does


APPS: dict[str, Callable[[], None]] = {
    "app": this_app,
    "ordinary-import": ordinary_import,
    "empty": empty,
    "pairs-1": partial(pairs, 1),
    "pairs-10": partial(pairs, 10),
    "pairs-100": partial(pairs, 100),
}

if __name__ == "__main__":
    APPS[sys.argv[1]]()
