"""Dependencies point one way, as docs/architecture.md draws them."""

import ast
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent
OWN = {"main", "stacks", "constructs_lib", "ops", "simulator", "benchmarks", "tests"}
MAY_IMPORT = {
    "constructs_lib": {"constructs_lib"},
    "stacks": {"stacks", "constructs_lib"},
    "main.py": {"stacks", "constructs_lib"},
    "ops": {"ops", "stacks.settings", "stacks.settings_loader", "constructs_lib.addressing"},
    "simulator": {"simulator"},
}
PURE = ("addressing.py", "naming.py", "node_pool.py")


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def modules(part: str) -> list[Path]:
    path = PROJECT / part
    return [path] if path.is_file() else sorted(path.rglob("*.py"))


@pytest.mark.parametrize("part", MAY_IMPORT)
def test_a_part_imports_only_what_it_may(part: str) -> None:
    for module in modules(part):
        own = {name for name in imported(module) if name.split(".")[0] in OWN}
        wrong = [name for name in own if not any(name == may or name.startswith(f"{may}.") for may in MAY_IMPORT[part])]
        assert wrong == [], module.relative_to(PROJECT)


@pytest.mark.parametrize("name", PURE)
def test_planning_and_naming_know_nothing_of_cdktf(name: str) -> None:
    foreign = {imported_name.split(".")[0] for imported_name in imported(PROJECT / "constructs_lib" / name)}
    assert foreign.isdisjoint({"cdktf", "constructs", "jsii", "cdktf_cdktf_provider_azurerm", "pydantic"})
