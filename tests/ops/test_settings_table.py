"""The README's table of settings comes from the model and cannot fall behind it."""

from pathlib import Path

import pytest

from ops import settings_table
from stacks.settings import Settings
from stacks.settings_loader import variable_of


def rows() -> dict[str, list[str]]:
    cells = [line.strip("| ").split(" | ") for line in settings_table.table().splitlines()[2:]]
    return {row[0].strip("`"): row[1:] for row in cells}


@pytest.fixture
def readme(tmp_path: Path) -> Path:
    file = tmp_path / "README.md"
    file.write_text(f"above\n{settings_table.BEGIN}\nold\n{settings_table.END}\nbelow\n", encoding="utf-8")
    return file


def test_the_readme_has_the_models_table() -> None:
    assert settings_table.main(["--check"]) == 0


def test_every_setting_is_in_the_table_in_the_models_order() -> None:
    assert list(rows()) == [variable_of(name) for name in Settings.model_fields]


def test_every_setting_says_what_it_means_its_default_and_what_it_allows() -> None:
    assert [name for name, cells in rows().items() if len(cells) != 3 or not all(map(str.strip, cells))] == []


@pytest.mark.parametrize(
    ("setting", "default", "allowed"),
    [
        ("AZ_POD_SUBNET_RANGE", "`10.242.0.0/16`", "/16 to /29"),
        ("AZ_ZONES", "`1,2,3`", "`none`"),
        ("AZ_NODE_COUNT_MAX", "unset", "1 to 1,000"),
        ("AZ_STATE_BACKEND", "`local`", "`local`, `azurerm`, `hcp`"),
        ("AZ_STATE_STORAGE_ACCOUNT", "unset", "3 to 24 characters"),
        ("AZ_DEMO", "`true`", "`false`"),
        ("AZ_TAGS", "none", "50"),
    ],
)
def test_defaults_and_bounds_are_written_as_a_person_types_them(setting: str, default: str, allowed: str) -> None:
    _, written_default, written_allowed = rows()[setting]
    assert (written_default, allowed in written_allowed) == (default, True), written_allowed


def test_a_stale_table_fails_the_check_and_is_left_alone(readme: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = readme.read_text(encoding="utf-8")
    assert settings_table.main(["--check"], readme=readme) == 1
    said = capsys.readouterr().err
    assert "make docs" in said
    assert len(said.splitlines()) == 1
    assert readme.read_text(encoding="utf-8") == before


def test_writing_replaces_what_is_between_the_markers_and_nothing_else(readme: Path) -> None:
    assert settings_table.main([], readme=readme) == 0
    text = readme.read_text(encoding="utf-8")
    assert (text.startswith("above\n"), text.endswith("\nbelow\n"), "\nold\n" in text) == (True, True, False)
    assert settings_table.main(["--check"], readme=readme) == 0


def test_a_file_without_markers_is_refused_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "README.md"
    file.write_text("no table here\n", encoding="utf-8")
    assert settings_table.main([], readme=file) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_help_says_what_the_command_does(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        settings_table.main(["--help"])
    assert end.value.code == 0
    assert "--check" in capsys.readouterr().out
