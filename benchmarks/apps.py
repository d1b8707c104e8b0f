"""The programs that `benchmarks.synth` compares; each is one whole process: ``python -m benchmarks.apps NAME``."""

import sys
from collections.abc import Callable

from constructs_lib import bindings


def synth(pairs: int = 1) -> None:
    """Synthesize this app, or several pairs of its stacks in one app."""
    bindings.load_lazily()

    from cdktf import App, Aspects  # noqa: PLC0415 each program imports its own way

    from constructs_lib.tags import Tags  # noqa: PLC0415
    from stacks.aks import AksStack  # noqa: PLC0415
    from stacks.network import NetworkStack  # noqa: PLC0415
    from stacks.settings_loader import load  # noqa: PLC0415

    settings = load().settings
    app = App(stack_traces=False)
    for pair in range(pairs):
        network = NetworkStack(app, f"network-{pair}", settings=settings)
        aks = AksStack(app, f"aks-{pair}", settings=settings, network_stack_id=f"network-{pair}")
        aks.add_dependency(network)
        for stack in (network, aks):
            Aspects.of(stack).add(Tags(settings.tags))
    app.synth()


def ordinary_import() -> None:
    """Synthesize the same with every binding loaded at once, as their packages do it by themselves."""
    bindings.load_lazily = lambda: None
    synth()


def empty() -> None:
    """Synthesize a cdktf app with one empty stack: the floor under every cdktf app in Python."""
    from cdktf import App, TerraformStack  # noqa: PLC0415

    app = App()
    TerraformStack(app, "empty")
    app.synth()


APPS: dict[str, Callable[[], None]] = {
    "app": synth,
    "ordinary-import": ordinary_import,
    "empty": empty,
    "pairs-10": lambda: synth(10),
    "pairs-100": lambda: synth(100),
}

if __name__ == "__main__":
    APPS[sys.argv[1]]()
