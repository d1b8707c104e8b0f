from pathlib import Path
from typing import Any

import pytest
from cdktf import App

from stacks.network import NetworkStack
from stacks.settings import Settings
from tests.synthesis import Json, only, resources, stack_json


def network(outdir: Path, **given: Any) -> Json:
    app = App(outdir=str(outdir), stack_traces=False)
    NetworkStack(app, settings=Settings(**given))
    app.synth()
    return stack_json(outdir, "network")


@pytest.fixture(scope="module")
def default(tmp_path_factory: pytest.TempPathFactory) -> Json:
    return network(tmp_path_factory.mktemp("out"))


def test_everything_is_in_the_group(default: Json) -> None:
    group = only(default, "azurerm_resource_group")
    assert group == {"name": "aks-pod-subnets", "location": "eastus2"}
    for type_ in ("azurerm_virtual_network", "azurerm_user_assigned_identity", "azurerm_network_security_group"):
        for resource in resources(default, type_):
            assert resource["resource_group_name"] == "${azurerm_resource_group.resource-group.name}"


def test_the_identity_may_manage_both_subnets_and_nothing_else(default: Json) -> None:
    scopes = [role["scope"] for role in resources(default, "azurerm_role_assignment")]
    subnets = [f"${{azurerm_subnet.{address}.id}}" for address in default["resource"]["azurerm_subnet"]]
    assert scopes == subnets


def test_the_provider_takes_subscription_and_credentials_from_the_environment(default: Json) -> None:
    (provider,) = default["provider"]["azurerm"]
    assert set(provider) == {"features", "resource_provider_registrations", "resource_providers_to_register"}


def test_the_provider_registers_what_the_cluster_needs_and_little_more(default: Json) -> None:
    (provider,) = default["provider"]["azurerm"]
    assert provider["resource_provider_registrations"] == "core"
    assert provider["resource_providers_to_register"] == ["Microsoft.ContainerService"]


@pytest.mark.parametrize("protect", [True, False])
def test_the_group_is_guarded_as_the_settings_say(tmp_path: Path, protect: bool) -> None:
    (provider,) = network(tmp_path, protect_resource_group=protect)["provider"]["azurerm"]
    (features,) = provider["features"]
    assert features["resource_group"] == [{"prevent_deletion_if_contains_resources": protect}]


def test_the_preview_feature_is_off(default: Json) -> None:
    assert "azurerm_resource_provider_registration" not in default["resource"]


@pytest.mark.parametrize(("mode", "imported"), [("register", False), ("adopt", True)])
def test_a_managed_registration_is_never_made_by_the_provider_too(tmp_path: Path, mode: str, imported: bool) -> None:
    stack = network(tmp_path, pod_subnet_preview=mode, other_preview_features="NAPPreview,Other")
    (provider,) = stack["provider"]["azurerm"]
    assert "resource_providers_to_register" not in provider
    registration = only(stack, "azurerm_resource_provider_registration")
    assert registration["name"] == "Microsoft.ContainerService"
    assert [feature["name"] for feature in registration["feature"]] == ["PodSubnetPreview", "NAPPreview", "Other"]
    assert ("import" in stack) == imported


def test_names_and_ranges_are_the_settings(tmp_path: Path) -> None:
    stack = network(
        tmp_path,
        resource_group="rg",
        location="westus2",
        vnet_name="my-vnet",
        vnet_range="10.0.0.0/8",
        pod_subnet_name="pod-subnet",
        node_subnet_name="node-subnet",
        aks_cluster_name="blue",
    )
    assert only(stack, "azurerm_resource_group") == {"name": "rg", "location": "westus2"}
    assert only(stack, "azurerm_virtual_network")["address_space"] == ["10.0.0.0/8"]
    assert [subnet["name"] for subnet in resources(stack, "azurerm_subnet")] == ["node-subnet", "pod-subnet"]
    assert only(stack, "azurerm_user_assigned_identity")["name"] == "blue-identity"
