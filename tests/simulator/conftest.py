"""Rehearsals for the scenario tests: every test gets a copy of one that was prepared once."""

import os
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import pytest

from simulator.access import ACCESS_FILE
from simulator.cloud import Cloud
from simulator.plugin import CLOUD_FILE, HOME_VARIABLE
from simulator.sandbox import Sandbox, sandbox
from tests.simulator.driving import apply


@pytest.fixture(scope="session")
def need_terraform() -> None:
    if shutil.which(os.environ.get("TERRAFORM_BINARY_NAME", "terraform")) is None:
        pytest.skip("Terraform is not installed, so nothing can be rehearsed")


@pytest.fixture(scope="session")
def synthesized_once(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    request.getfixturevalue("need_terraform")
    with pytest.MonkeyPatch.context() as patch, sandbox_without_settings(patch) as box:
        box.cdktf("synth").expect(0)
        for stack in ("network", "aks"):
            box.terraform(stack, "init", "-input=false").expect(0)
        yield box


def sandbox_without_settings(patch: pytest.MonkeyPatch) -> AbstractContextManager[Sandbox]:
    for name in os.environ:
        if name.startswith("AZ_"):  # of this machine
            patch.delenv(name)
    return sandbox(environment="dev")


@pytest.fixture(scope="session")
def deployed_once(synthesized_once: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    box = copy(synthesized_once, tmp_path_factory.mktemp("deployed"))
    for stack in ("network", "aks"):
        apply(box, stack).expect(0)
    return box


@pytest.fixture
def synthesized(synthesized_once: Sandbox, tmp_path: Path) -> Sandbox:
    """Both stacks synthesized and initialized, in an empty cloud."""
    return copy(synthesized_once, tmp_path)


@pytest.fixture
def deployed(deployed_once: Sandbox, tmp_path: Path) -> Sandbox:
    """Both stacks deployed."""
    return copy(deployed_once, tmp_path)


def copy(box: Sandbox, folder: Path) -> Sandbox:
    project, home = folder / "project", folder / "simulated"
    shutil.copytree(box.project, project, symlinks=True)
    home.mkdir()
    cloud = Cloud(home / CLOUD_FILE)
    if box.cloud.path.exists():
        shutil.copy(box.cloud.path, cloud.path)
    shutil.copy(box.cloud.path.parent / ACCESS_FILE, home)  # the same names for everything, and nobody who answers
    variables = {**box.environment, HOME_VARIABLE: str(home)}
    return replace(box, project=project, cloud=cloud, environment=variables)
