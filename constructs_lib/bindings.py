"""Loads the prebuilt provider bindings one module at a time, on both sides of jsii.

Importing anything from a prebuilt provider runs its package's ``__init__``, which imports every
resource the provider has (azurerm: 1,300 Python modules), and makes the jsii kernel require the
package's ``lib/index.js``, which does the same in Node (1,527 modules). A synth of two dozen
resources then takes ten seconds, nearly all of it here. The modules do not import one another,
so each can be loaded alone, when it is first named. ``bindings_preload.js`` is the Node side of it;
``jsii_preload.js`` spares jsii a second Node process.

Nothing in the packages is changed, and nothing in the synthesized JSON. Imports are written the
ordinary way (``from cdktf_cdktf_provider_azurerm.subnet import Subnet``), so type checkers and
editors see what they always see. What is not recognised as a prebuilt provider loads as if this
module did not exist.
"""

import importlib
import os
import pkgutil
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from threading import Thread
from types import ModuleType

PREBUILT_PROVIDER_PREFIX = "cdktf_cdktf_provider_"
_PRELOADS = [Path(__file__).with_name(script) for script in ("jsii_preload.js", "bindings_preload.js")]


def load_lazily() -> None:
    """Make every prebuilt provider that is imported from now on load lazily, and start Node meanwhile.

    Call it before anything imports ``constructs`` or ``cdktf``: their import starts the Node process. Called
    later, the Python side is lazy and the Node side loads in the ordinary way. Calling it again changes nothing.
    A process that forks must import cdktf first: the import under way would never end in the fork.
    """
    if any(isinstance(finder, _PrebuiltProviderFinder) for finder in sys.meta_path):
        return
    sys.meta_path.insert(0, _PrebuiltProviderFinder())
    if "constructs" not in sys.modules:
        importlib.import_module("jsii")
        preloads = " ".join(f'--require "{_escaped(script)}"' for script in _PRELOADS)
        added = f"{preloads} --preserve-symlinks"
        theirs = os.environ.get("NODE_OPTIONS")
        if theirs and theirs.startswith(added):  # a parent that was about to put them back, as in pytest-xdist
            theirs = theirs.removeprefix(added).lstrip() or None
        os.environ["NODE_OPTIONS"] = ours = f"{added} {theirs or ''}".rstrip()
        Thread(target=_start_node, args=[ours, theirs]).start()


def _start_node(ours: str, theirs: str | None) -> None:
    """Import what starts Node and then waits for it, while Python imports other things.

    Whoever needs cdktf waits for the import that is under way, and meets its error if it fails.
    """
    with suppress(Exception):
        try:
            importlib.import_module("constructs")  # before cdktf, which imports much else first
        finally:
            # other programs in Node that the app may start are not to have our options
            if os.environ.get("NODE_OPTIONS") == ours:
                if theirs is None:
                    del os.environ["NODE_OPTIONS"]
                else:
                    os.environ["NODE_OPTIONS"] = theirs
        importlib.import_module("cdktf")


class _PrebuiltProviderFinder(MetaPathFinder):
    """Finds prebuilt providers where they are, and has them loaded by the lazy loader."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not fullname.startswith(PREBUILT_PROVIDER_PREFIX) or "." in fullname:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec and type(spec.loader) is SourceFileLoader and _only_imports_modules(spec.loader):
            spec.loader = _LazyPackageLoader(spec.loader.name, spec.loader.path)
        return spec


class _LazyPackageLoader(SourceFileLoader):
    """Leaves the package's ``__init__`` unread; its modules load when they are first named."""

    def exec_module(self, module: ModuleType) -> None:
        def load(name: str) -> object:
            if name == "__all__":
                return modules()
            try:
                return importlib.import_module(f"{module.__name__}.{name}")
            except ModuleNotFoundError as error:
                if error.name != f"{module.__name__}.{name}":
                    raise
                raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}") from None

        def modules() -> list[str]:
            return [found.name for found in pkgutil.iter_modules(module.__path__)]

        vars(module).update(__getattr__=load, __dir__=modules)


def _only_imports_modules(loader: SourceFileLoader) -> bool:
    """Whether the package is one whose ``__init__`` does nothing but import its modules.

    Bindings of later generators bring a ``__getattr__`` of their own, and a package could hold
    classes at its top; neither may be replaced.
    """
    source = loader.get_data(loader.path)
    return (
        b"from ._jsii import *" in source
        and b"\nfrom . import " in source
        and b"\nclass " not in source
        and b"\ndef __getattr__" not in source
    )


def _escaped(path: Path) -> str:
    return str(path).replace("\\", "\\\\").replace('"', '\\"')
