"""Terraform itself reads the JSON, with the real providers, wherever they can be had."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from main import build
from stacks.settings_loader import load

TERRAFORM = shutil.which("terraform")


def terraform(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    assert TERRAFORM
    return subprocess.run(
        [TERRAFORM, *arguments, "-no-color"], cwd=folder, capture_output=True, text=True, timeout=600, check=False
    )


@pytest.mark.parametrize("environment", ["dev", "prod"])
@pytest.mark.parametrize("stack", ["network", "aks"])
def test_terraform_finds_the_configuration_valid(
    tmp_path: Path, environment: str, stack: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not TERRAFORM:
        pytest.skip("terraform is not on PATH")
    monkeypatch.setenv("AZ_ENVIRONMENT", environment)
    build(load(), outdir=str(tmp_path)).synth()
    folder = tmp_path / "stacks" / stack
    init = terraform("init", "-backend=false", "-input=false", folder=folder)
    if init.returncode:
        why = next((line for line in init.stderr.splitlines() if line.startswith("Error:")), init.stderr)
        if "Failed to query available provider packages" not in why:
            pytest.fail(init.stderr)
        pytest.skip(
            "the real azurerm and helm providers cannot be had here (no registry, no mirror in TF_CLI_CONFIG_FILE)"
        )
    validate = terraform("validate", "-json", folder=folder)
    assert json.loads(validate.stdout)["diagnostics"] == []
