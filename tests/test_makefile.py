"""What the Makefile promises, kept by running it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent
PLAIN = {"CI": "1", "FORCE_COLOR": "0"}


def make(*arguments: str, folder: Path = PROJECT, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("AZ_", "MAKE", "MFLAGS", "PYTEST_"))
    }
    return subprocess.run(
        ["make", *arguments],
        cwd=folder,
        env=inherited | PLAIN | environment,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )


def path_with_only(folder: Path, *tools: str) -> str:
    """A PATH that has these tools and no others."""
    folder.mkdir()
    for tool in tools:
        found = shutil.which(tool)
        assert found
        (folder / tool).symlink_to(found)
    return str(folder)


SHELL = ("make", "bash", "awk", "env")


def test_make_alone_lists_the_targets() -> None:
    shown = make().stdout
    for target in (
        "synth",
        "test",
        "deploy",
        "diff",
        "destroy",
        "setup",
        "snapshots",
        "bench",
        "rehearse",
        "verify",
        "clean",
    ):
        assert f"make {target} " in shown


def test_every_missing_tool_is_named_at_once_with_how_to_get_it(tmp_path: Path) -> None:
    run = make("setup", PATH=path_with_only(tmp_path / "bin", *SHELL))
    assert run.returncode != 0
    lines = [line for line in run.stderr.splitlines() if line.startswith("missing: ")]
    assert [line.split()[1].rstrip(".") for line in lines] == ["python3", "node", "npm"]
    assert all("https://" in line for line in lines)


def test_a_python_that_is_too_old_is_named(tmp_path: Path) -> None:
    path = path_with_only(tmp_path / "bin", *SHELL, "node", "npm")
    old = tmp_path / "bin" / "python3"
    old.write_text("#!/bin/bash\nexit 1\n")
    old.chmod(0o755)
    run = make("setup", PATH=path)
    assert run.returncode != 0
    assert "too old: python3. Python 3.11 or later" in run.stderr


@pytest.mark.parametrize("target", ["deploy", "diff", "destroy"])
def test_terraform_is_asked_for_before_anything_runs(target: str, tmp_path: Path) -> None:
    run = make(target, PATH=path_with_only(tmp_path / "bin", *SHELL))
    assert run.returncode != 0
    assert "missing: terraform. Terraform 1.5 or later" in run.stderr
    assert "cdktf " not in run.stdout


@pytest.mark.parametrize(
    ("version", "enough"), [("v1.4.7", False), ("v1.5.0", True), ("v1.11.4", True), ("v2.0.0", True)]
)
def test_a_terraform_that_is_too_old_is_named(tmp_path: Path, version: str, enough: bool) -> None:
    path = path_with_only(tmp_path / "bin", *SHELL, "node", "npm")
    (tmp_path / "bin" / "python3").symlink_to(sys.executable)
    terraform = tmp_path / "bin" / "terraform"
    terraform.write_text(f'#!/bin/bash\necho "Terraform {version}"\n')
    terraform.chmod(0o755)
    run = make("tools", "NEEDS_TERRAFORM=yes", PATH=path)
    assert (run.returncode == 0) == enough, run.stderr
    assert ("too old: terraform. Terraform 1.5 or later" in run.stderr) != enough


def test_a_second_setup_does_nothing() -> None:
    run = make("setup")
    assert run.returncode == 0, run.stderr
    assert run.stdout == ""


def test_a_wrong_setting_leaves_the_output_as_it_was() -> None:
    assert make("synth").returncode == 0
    before = {path: path.stat().st_mtime_ns for path in (PROJECT / "cdktf.out").rglob("*")}
    run = make("synth", AZ_VNET_RANGE="10.0.0.1/8")
    assert run.returncode != 0
    assert "AZ_VNET_RANGE: '10.0.0.1/8' has host bits set: use 10.0.0.0/8" in run.stdout + run.stderr
    assert "Traceback" not in run.stdout + run.stderr
    assert {path: path.stat().st_mtime_ns for path in (PROJECT / "cdktf.out").rglob("*")} == before


@pytest.mark.slow
def test_a_fresh_clone_synthesizes_with_one_command(tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", str(PROJECT), str(clone)], check=True, timeout=60)
    without_pipenv = ":".join(
        folder for folder in os.environ["PATH"].split(":") if not (Path(folder) / "pipenv").exists()
    )
    first = make("synth", folder=clone, PATH=without_pipenv)
    assert first.returncode == 0, first.stderr
    assert (clone / "cdktf.out" / "stacks" / "aks" / "cdk.tf.json").is_file()
    second = make("synth", folder=clone, PATH=without_pipenv)
    assert second.returncode == 0
    assert "pipenv" not in second.stdout
    assert "npm ci" not in second.stdout
    status = subprocess.run(["git", "status", "--porcelain"], cwd=clone, capture_output=True, text=True, check=True)
    assert status.stdout == ""
