"""Each test starts a Python of its own: what is imported once stays imported."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.synthesis import files

PROJECT = Path(__file__).parents[2]
SYNTHESIZE = """
import json, sys
if {lazy}:
    from constructs_lib.bindings import load_lazily
    load_lazily()
import main
from stacks.settings_loader import load
main.build(load(), outdir=sys.argv[1]).synth()
"""
ORDINARY = "import constructs_lib.bindings; constructs_lib.bindings.load_lazily = lambda: None\n"
COUNT_PYTHON_MODULES = """
print(json.dumps([name for name in sys.modules if name.startswith("cdktf_cdktf_provider_azurerm.")]))
"""


def python(code: str, *arguments: str, **environment: str) -> str:
    run = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=PROJECT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def node_modules_counter(folder: Path) -> tuple[str, Path]:
    """NODE_OPTIONS of a user who preloads a script: it counts the provider's modules at the end."""
    script, count = folder / "count.js", folder / "count"
    script.write_text(
        "process.on('exit', () => { const loaded = Object.keys(require.cache)"
        ".filter((file) => file.includes('provider-azurerm'));"
        f" if (loaded.length) require('fs').writeFileSync({json.dumps(str(count))}, String(loaded.length)); }});"
    )
    return f'--require "{script}"', count


def test_the_json_is_the_same_byte_for_byte_as_with_the_ordinary_import(tmp_path: Path) -> None:
    python(SYNTHESIZE.format(lazy=True), str(tmp_path / "lazy"))
    python(ORDINARY + SYNTHESIZE.format(lazy=False), str(tmp_path / "ordinary"))
    assert files(tmp_path / "lazy") == files(tmp_path / "ordinary")


def test_only_the_modules_that_are_named_are_loaded_on_either_side(tmp_path: Path) -> None:
    node_options, count = node_modules_counter(tmp_path)
    loaded = json.loads(
        python(SYNTHESIZE.format(lazy=True) + COUNT_PYTHON_MODULES, str(tmp_path / "out"), NODE_OPTIONS=node_options)
    )
    assert "cdktf_cdktf_provider_azurerm.subnet" in loaded
    assert len(loaded) < 30
    assert int(count.read_text()) < 60


def test_a_path_with_spaces_and_quotes_is_fine(tmp_path: Path) -> None:
    odd = tmp_path / 'a "quoted" folder'
    odd.mkdir()
    for name in ("__init__.py", "bindings.py", "bindings_preload.js"):
        (odd / name).write_bytes((PROJECT / "constructs_lib" / name).read_bytes())
    python("import bindings; bindings.load_lazily(); import cdktf; cdktf.App()", PYTHONPATH=str(odd))


def test_everything_a_package_offers_is_still_there() -> None:
    python("""
from constructs_lib.bindings import load_lazily
load_lazily()
import cdktf_cdktf_provider_helm as helm
assert helm.release.Release.__name__ == "Release"
assert {"release", "provider"} <= set(dir(helm))
assert "release" in helm.__all__
assert helm.__spec__.name == helm.__name__ and helm.__file__.endswith("__init__.py")
try:
    helm.no_such_module
except AttributeError as error:
    assert "no_such_module" in str(error)
else:
    raise AssertionError
from cdktf_cdktf_provider_helm import *
assert release.Release is helm.release.Release
""")


@pytest.mark.parametrize(
    "source",
    [
        "from ._jsii import *\nfrom . import part\nclass Own: pass\n",
        "from ._jsii import *\nfrom . import part\ndef __getattr__(name): raise AttributeError(name)\n",
        "LOADED = True\n",
    ],
)
def test_a_package_that_is_not_recognised_loads_the_ordinary_way(tmp_path: Path, source: str) -> None:
    package = tmp_path / "cdktf_cdktf_provider_other"
    (package / "_jsii").mkdir(parents=True)
    (package / "__init__.py").write_text(source)
    (package / "_jsii" / "__init__.py").write_text("")
    (package / "part.py").write_text("LOADED = True\n")
    python(
        "import sys; from constructs_lib.bindings import load_lazily; load_lazily()\n"
        "import cdktf_cdktf_provider_other as other\n"
        "assert 'cdktf_cdktf_provider_other.part' in sys.modules or other.LOADED",
        PYTHONPATH=str(tmp_path),
    )


def test_after_node_has_started_the_python_side_is_still_lazy(tmp_path: Path) -> None:
    loaded = json.loads(
        python("import cdktf\n" + SYNTHESIZE.format(lazy=True) + COUNT_PYTHON_MODULES, str(tmp_path / "out"))
    )
    assert len(loaded) < 30


def test_the_users_node_options_stay_in_force() -> None:
    python(
        "import os; from constructs_lib.bindings import load_lazily; load_lazily(); load_lazily()\n"
        "assert os.environ['NODE_OPTIONS'].startswith('--trace-warnings --require ')\n"
        "assert os.environ['NODE_OPTIONS'].count('--require') == 1",
        NODE_OPTIONS="--trace-warnings",
    )


def test_a_node_that_does_not_start_is_reported_once_to_whoever_needs_it() -> None:
    python(
        "from constructs_lib.bindings import load_lazily; load_lazily()\n"
        "try: import cdktf\n"
        "except FileNotFoundError as error: assert 'no-such-node' in str(error)\n"
        "else: raise AssertionError",
        JSII_NODE="no-such-node",
    )


def test_nothing_is_said_about_the_age_of_node(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", SYNTHESIZE.format(lazy=True), str(tmp_path)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert run.stderr == ""
