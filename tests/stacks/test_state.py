from pathlib import Path
from typing import Any

import pytest

from main import build
from stacks.settings import Settings
from stacks.settings_loader import LoadedSettings
from tests.synthesis import Json, stack_json

AZURERM = {
    "state_backend": "azurerm",
    "state_resource_group": "state-rg",
    "state_storage_account": "state0",
    "state_container": "tfstate",
}
HCP = {"state_backend": "hcp", "state_organization": "acme"}


def stacks(outdir: Path, **given: Any) -> tuple[Json, Json]:
    build(LoadedSettings(settings=Settings(**given), warnings=()), outdir=str(outdir)).synth()
    return stack_json(outdir, "network"), stack_json(outdir, "aks")


def remote_state(stack: Json) -> Json:
    return stack["data"]["terraform_remote_state"]["network"]


def test_local_state_lies_beside_the_project_on_any_machine(tmp_path: Path) -> None:
    network, aks = stacks(tmp_path)
    assert network["terraform"]["backend"] == {"local": {"path": "../../../terraform.dev.network.tfstate"}}
    assert aks["terraform"]["backend"] == {"local": {"path": "../../../terraform.dev.aks.tfstate"}}


def test_blob_state_has_a_key_for_each_stack(tmp_path: Path) -> None:
    network, aks = stacks(tmp_path, **AZURERM)
    account = {
        "resource_group_name": "state-rg",
        "storage_account_name": "state0",
        "container_name": "tfstate",
    }
    assert network["terraform"]["backend"] == {"azurerm": account | {"key": "aks-pod-subnets/dev/network.tfstate"}}
    assert aks["terraform"]["backend"] == {"azurerm": account | {"key": "aks-pod-subnets/dev/aks.tfstate"}}


def test_hcp_state_has_a_workspace_for_each_stack(tmp_path: Path) -> None:
    network, aks = stacks(tmp_path, **HCP)
    assert network["terraform"]["cloud"]["organization"] == "acme"
    assert network["terraform"]["cloud"]["workspaces"] == {"name": "aks-pod-subnets-dev-network"}
    assert aks["terraform"]["cloud"]["workspaces"] == {"name": "aks-pod-subnets-dev-aks"}


@pytest.mark.parametrize("given", [{}, AZURERM])
def test_aks_reads_exactly_where_network_writes(tmp_path: Path, given: dict[str, Any]) -> None:
    network, aks = stacks(tmp_path, **given)
    ((backend, config),) = network["terraform"]["backend"].items()
    assert remote_state(aks)["backend"] == backend
    assert remote_state(aks)["config"] == config


def test_aks_reads_the_workspace_that_network_writes(tmp_path: Path) -> None:
    network, aks = stacks(tmp_path, **HCP)
    assert remote_state(aks)["backend"] == "remote"
    assert remote_state(aks)["config"]["organization"] == network["terraform"]["cloud"]["organization"]
    assert remote_state(aks)["config"]["workspaces"] == network["terraform"]["cloud"]["workspaces"]


@pytest.mark.parametrize("given", [{}, AZURERM, HCP])
def test_two_environments_never_share_state(tmp_path: Path, given: dict[str, Any]) -> None:
    dev, _ = stacks(tmp_path / "dev", **given)
    prod, _ = stacks(tmp_path / "prod", environment="prod", **given)
    assert dev["terraform"] != prod["terraform"]
