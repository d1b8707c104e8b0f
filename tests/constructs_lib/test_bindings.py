"""Each test starts a Python of its own: what is imported once stays imported."""

import json
import os
import subprocess
import sys
from pathlib import Path

import jsii
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
COUNT_NODE_MODULES = """
process.on("exit", () => {
  const loaded = Object.keys(require.cache).filter((file) => file.includes("provider-azurerm"));
  console.error(loaded.length);
});
"""
COUNT_PYTHON_MODULES = """
print(json.dumps([name for name in sys.modules if name.startswith("cdktf_cdktf_provider_azurerm.")]))
"""


def run(code: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    ended = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=PROJECT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended


def python(code: str, *arguments: str, **environment: str) -> str:
    return run(code, *arguments, **environment).stdout


def preloading(folder: Path, script: str) -> str:
    """NODE_OPTIONS of a user who preloads a script."""
    file = folder / "preloaded by the user.js"
    file.write_text(script)
    return f'--require "{file}"'


def test_the_json_is_the_same_byte_for_byte_as_with_the_ordinary_import(tmp_path: Path) -> None:
    python(SYNTHESIZE.format(lazy=True), str(tmp_path / "lazy"))
    python(ORDINARY + SYNTHESIZE.format(lazy=False), str(tmp_path / "ordinary"))
    assert files(tmp_path / "lazy") == files(tmp_path / "ordinary")


def test_only_the_modules_that_are_named_are_loaded_on_either_side(tmp_path: Path) -> None:
    ended = run(
        SYNTHESIZE.format(lazy=True) + COUNT_PYTHON_MODULES,
        str(tmp_path / "out"),
        NODE_OPTIONS=preloading(tmp_path, COUNT_NODE_MODULES),
    )
    loaded = json.loads(ended.stdout)
    assert "cdktf_cdktf_provider_azurerm.subnet" in loaded
    assert len(loaded) < 30
    assert 0 < int(ended.stderr) < 60


def test_a_path_with_spaces_and_quotes_is_fine(tmp_path: Path) -> None:
    odd = tmp_path / 'a "quoted" folder'
    odd.mkdir()
    for name in ("__init__.py", "bindings.py", "bindings_preload.js", "jsii_preload.js"):
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


IMPORT_CDKTF = (
    "import os; from constructs_lib.bindings import load_lazily; load_lazily(); load_lazily(); import cdktf\n"
)


def test_the_users_node_options_stay_in_force_and_other_programs_do_not_get_ours(tmp_path: Path) -> None:
    theirs = preloading(tmp_path, "process.on('exit', () => console.error(process.env.NODE_OPTIONS))")
    ended = run(IMPORT_CDKTF + "print(os.environ['NODE_OPTIONS'])", NODE_OPTIONS=theirs)
    assert ended.stdout.strip() == theirs
    assert ended.stderr.endswith(f" --preserve-symlinks {theirs}\n")
    assert ended.stderr.count("jsii_preload.js") == 1


@pytest.mark.parametrize(
    "theirs", ["del os.environ['NODE_OPTIONS']\n", "os.environ['NODE_OPTIONS'] = '--no-warnings'\n"]
)
def test_node_options_are_as_the_app_left_them(theirs: str) -> None:
    code = "import os\nos.environ['NODE_OPTIONS'] = ''\n" + theirs + "before = dict(os.environ)\n" + IMPORT_CDKTF
    python(code + "assert dict(os.environ) == before")


def test_options_inherited_from_a_parent_that_is_starting_node_are_not_kept() -> None:
    code = IMPORT_CDKTF.replace("import cdktf", "print(os.environ['NODE_OPTIONS']); import cdktf")
    code += "print(os.environ.get('NODE_OPTIONS'))"
    inherited = python(code, NODE_OPTIONS="").splitlines()[0]
    assert python(code, NODE_OPTIONS=inherited).splitlines() == [inherited, "None"]


def test_the_scripts_of_another_project_do_not_get_in_the_way(tmp_path: Path) -> None:
    other = tmp_path / "jsii_preload.js"
    other.write_bytes((PROJECT / "constructs_lib" / other.name).read_bytes())
    ended = run(COUNT_NODE_PROCESSES, NODE_OPTIONS=f'--require "{other}" --preserve-symlinks')
    assert (ended.stdout, ended.stderr) == ("1\n", "")


COUNT_NODE_PROCESSES = """
from constructs_lib.bindings import load_lazily
load_lazily()
import cdktf, psutil
print(len(psutil.Process().children(recursive=True)))
"""


def test_the_kernel_runs_in_the_process_that_jsii_starts() -> None:
    assert python(COUNT_NODE_PROCESSES) == "1\n"


def test_a_kernel_that_is_not_recognised_is_started_the_ordinary_way(tmp_path: Path) -> None:
    embedded = Path(jsii.__file__).parent / "_embedded" / "jsii"
    for name in ("bin__jsii-runtime.js", "lib__program.js", "lib__runtime-index-worker.js"):
        copy = tmp_path / name.replace("__", "/")
        copy.parent.mkdir(exist_ok=True)
        copy.write_text((embedded / name).read_text().replace("readFD:3", "readFD: 3"))
    assert python(COUNT_NODE_PROCESSES, JSII_RUNTIME=str(tmp_path / "bin" / "jsii-runtime.js")) == "2\n"


@pytest.mark.parametrize(
    ("at_start", "at_end", "printed", "told"),
    [
        ("", "console.log('é'.repeat(100_000)); console.error('é')", "é" * 100_000, "é"),
        ("process.stdin.isTTY", "console.error(process.stdin.read())", "", "null"),
        ("process.stderr.isTTY", "process.stderr.write('x'.repeat(1_000_000))", "", "x" * 1_000_000),
        ("", "require('child_process').execSync('cat; echo from a child', { stdio: 'inherit' })", "", "from a child"),
        ("", "require('fs').writeSync(1, 'straight to descriptor 1\\n')", "", "straight to descriptor 1"),
    ],
    ids=["prints", "reads", "prints much", "has a child print", "writes"],
)
def test_nothing_that_node_reads_or_prints_gets_between_the_messages(
    tmp_path: Path, at_start: str, at_end: str, printed: str, told: str
) -> None:
    script = f"{at_start};\nprocess.on('exit', () => {{ {at_end} }});"
    ended = run(IMPORT_CDKTF + "cdktf.App()", NODE_OPTIONS=preloading(tmp_path, script))
    assert ended.stdout.strip() == printed
    assert told in ended.stderr


def test_a_node_that_does_not_start_is_reported_once_to_whoever_needs_it() -> None:
    python(
        "from constructs_lib.bindings import load_lazily; load_lazily()\n"
        "try: import cdktf\n"
        "except FileNotFoundError as error: assert 'no-such-node' in str(error)\n"
        "else: raise AssertionError",
        JSII_NODE="no-such-node",
    )


def test_nothing_is_said_about_the_age_of_node(tmp_path: Path) -> None:
    assert run(SYNTHESIZE.format(lazy=True), str(tmp_path)).stderr == ""
