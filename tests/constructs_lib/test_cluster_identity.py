from collections.abc import Mapping

import pytest
from cdktf import TerraformStack

from constructs_lib.cluster_identity import ClusterIdentity
from tests.synthesis import only, resources, synthesized


def identity(scope: TerraformStack, network_scopes: Mapping[str, str], name: str = "aks-identity") -> ClusterIdentity:
    return ClusterIdentity(
        scope, "identity", name=name, resource_group_name="rg", location="eastus2", network_scopes=network_scopes
    )


def test_the_identity_is_user_assigned() -> None:
    stack = synthesized(lambda scope: identity(scope, {"nodes": "/node-subnet"}))
    assert only(stack, "azurerm_user_assigned_identity") == {
        "name": "aks-identity",
        "resource_group_name": "rg",
        "location": "eastus2",
    }


def test_it_is_network_contributor_on_exactly_the_scopes_it_is_given() -> None:
    stack = synthesized(lambda scope: identity(scope, {"nodes": "/node-subnet", "pods": "/pod-subnet"}))
    roles = resources(stack, "azurerm_role_assignment")
    assert [(role["role_definition_name"], role["scope"]) for role in roles] == [
        ("Network Contributor", "/node-subnet"),
        ("Network Contributor", "/pod-subnet"),
    ]


def test_roles_go_to_the_principal_and_do_not_wait_for_the_directory() -> None:
    role = only(synthesized(lambda scope: identity(scope, {"nodes": "/node-subnet"})), "azurerm_role_assignment")
    assert role["principal_id"].endswith(".principal_id}")
    assert role["skip_service_principal_aad_check"] is True


def test_a_role_keeps_its_address_when_another_scope_is_added() -> None:
    one = synthesized(lambda scope: identity(scope, {"pods": "/pods"}))["resource"]["azurerm_role_assignment"]
    two = synthesized(lambda scope: identity(scope, {"a-route-table": "/rt", "pods": "/pods"}))
    assert set(one) < set(two["resource"]["azurerm_role_assignment"])


def test_an_identity_without_a_scope_is_refused() -> None:
    with pytest.raises(ValueError, match="network_scopes is empty: give the node subnet and the pod subnet"):
        synthesized(lambda scope: identity(scope, {}))


def test_a_name_azure_refuses_is_refused() -> None:
    with pytest.raises(ValueError, match="is not a valid managed identity name"):
        synthesized(lambda scope: identity(scope, {"nodes": "/n"}, name="x"))
