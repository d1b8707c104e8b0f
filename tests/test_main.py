"""The app as a whole: what a reviewer reads, and what a user sees when something is wrong."""

import json
import os
import re
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension
from syrupy.location import PyTestLocation

from main import build
from stacks.settings_loader import load
from tests.synthesis import Json, files, stack_json

PROJECT = Path(__file__).parent.parent
APP = ("main.py", "cdktf.json", "stacks", "constructs_lib", "charts", "environments")


class ReviewedJson(JSONSnapshotExtension):
    """One file per stack and environment: tests/snapshots/<environment>.<stack>.json."""

    @classmethod
    def dirname(cls, *, test_location: PyTestLocation) -> str:
        return str(Path(test_location.filepath).parent / "snapshots")

    @classmethod
    def get_snapshot_name(cls, *, test_location: PyTestLocation, index: Any = 0) -> str:
        del test_location
        return str(index)


@pytest.fixture(scope="module")
def synthesized(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Where each environment was synthesized."""
    folders = {environment: tmp_path_factory.mktemp(environment) for environment in ("dev", "prod")}
    with pytest.MonkeyPatch.context() as environment_variables:
        for environment, folder in folders.items():
            environment_variables.setenv("AZ_ENVIRONMENT", environment)
            build(load(), outdir=str(folder)).synth()
    return folders


def run_app(project: Path, outdir: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AZ_")}
    return subprocess.run(
        [sys.executable, "main.py"],
        cwd=project,
        env=clean | {"CDKTF_OUTDIR": str(outdir)} | variables,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.filterwarnings("ignore:\\s*Can not relate snapshot")  # files are named for those who review them
@pytest.mark.parametrize("environment", ["dev", "prod"])
@pytest.mark.parametrize("stack", ["network", "aks"])
def test_the_json_is_the_reviewed_one(
    synthesized: dict[str, Path], environment: str, stack: str, snapshot: SnapshotAssertion
) -> None:
    """After a wanted change: ``make snapshots``, then read the difference."""
    reviewed = snapshot(extension_class=ReviewedJson, name=f"{environment}.{stack}")
    assert stack_json(synthesized[environment], stack) == reviewed


def test_the_same_settings_give_the_same_bytes_from_any_folder(tmp_path: Path) -> None:
    elsewhere = tmp_path / "some where else"
    elsewhere.mkdir()
    for name in APP:
        copy = shutil.copytree if (PROJECT / name).is_dir() else shutil.copy2
        copy(PROJECT / name, elsewhere / name)
    for project in (PROJECT, elsewhere):
        run = run_app(project, tmp_path / f"out of {project.name}", AZ_ENVIRONMENT="prod", AZ_DEMO="true")
        assert run.returncode == 0, run.stderr
    first, second = (files(tmp_path / f"out of {project.name}") for project in (PROJECT, elsewhere))
    assert first == second


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_nothing_of_this_machine_or_moment_is_in_the_json(synthesized: dict[str, Path], environment: str) -> None:
    for path in synthesized[environment].rglob("*.json"):
        text = path.read_text()
        assert re.findall(r'"(/\w[^"]*)"', text) == []
        assert str(Path.home()) not in text
        assert re.findall(r"\d{4}-\d\d-\d\dT\d\d", text) == []
        assert re.findall(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}", text) == []


def takes_tags(type_: str) -> bool:
    provider, _, name = type_.partition("_")
    binding = import_module(f"cdktf_cdktf_provider_{provider}.{name}")
    return any(hasattr(each, "tags_input") for each in vars(binding).values())


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_everything_that_takes_tags_has_them(synthesized: dict[str, Path], environment: str) -> None:
    for stack in ("network", "aks"):
        for type_, made in stack_json(synthesized[environment], stack)["resource"].items():
            for resource in made.values():
                tagged = resource.get("tags") == {"environment": environment, "managed-by": "cdktf"}
                assert tagged == takes_tags(type_), type_


def test_aks_is_deployed_after_network_and_destroyed_before(synthesized: dict[str, Path]) -> None:
    manifest: Json = json.loads((synthesized["dev"] / "manifest.json").read_text())
    assert manifest["stacks"]["aks"]["dependencies"] == ["network"]
    assert manifest["stacks"]["network"]["dependencies"] == []


def test_warnings_reach_the_command_line_without_this_machines_paths(tmp_path: Path) -> None:
    run = run_app(PROJECT, tmp_path, AZ_POD_SUBNET_RAGE="x", AZ_PROTECT_RESOURCE_GROUP="false")
    assert run.returncode == 0
    annotations = json.loads((tmp_path / "manifest.json").read_text())["stacks"]["network"]["annotations"]
    assert ["did you mean AZ_POD_SUBNET_RANGE?" in annotations[0]["message"], len(annotations)] == [True, 2]
    assert all("stacktrace" not in annotation for annotation in annotations)


def test_wrong_settings_end_in_one_line_each_before_anything_is_written(tmp_path: Path) -> None:
    run = run_app(PROJECT, tmp_path / "out", AZ_VNET_RANGE="10.0.0.1/8", AZ_MAX_PODS="9", AZ_ZONES="4")
    assert run.returncode == 1
    assert run.stdout == ""
    assert [line.split(":")[0] for line in run.stderr.splitlines()] == ["AZ_VNET_RANGE", "AZ_ZONES", "AZ_MAX_PODS"]
    assert not (tmp_path / "out").exists()
