from ipaddress import IPv4Network
from typing import Any

import pytest
from cdktf import TerraformStack

from constructs_lib.subnet import Subnet
from tests.synthesis import only, resources, synthesized


def subnet(scope: TerraformStack, **changes: Any) -> Subnet:
    properties: dict[str, Any] = {
        "name": "pods",
        "address_range": IPv4Network("10.242.0.0/16"),
        "virtual_network_name": "vnet",
        "resource_group_name": "rg",
        "location": "eastus2",
    }
    return Subnet(scope, "pods", **properties | changes)


def test_a_subnet_has_a_security_group_of_its_own() -> None:
    stack = synthesized(subnet)
    assert only(stack, "azurerm_subnet") == {
        "name": "pods",
        "address_prefixes": ["10.242.0.0/16"],
        "virtual_network_name": "vnet",
        "resource_group_name": "rg",
    }
    assert only(stack, "azurerm_network_security_group") == {
        "name": "pods-nsg",
        "resource_group_name": "rg",
        "location": "eastus2",
    }
    association = only(stack, "azurerm_subnet_network_security_group_association")
    assert association["subnet_id"].startswith("${azurerm_subnet.pods_subnet_")
    assert association["network_security_group_id"].startswith("${azurerm_network_security_group.pods_nsg_")


def test_a_subnet_for_pods_is_delegated_as_aks_itself_would() -> None:
    stack = synthesized(lambda scope: subnet(scope, delegate_to_aks=True))
    assert only(stack, "azurerm_subnet")["delegation"] == [
        {
            "name": "aks-delegation",
            "service_delegation": {
                "name": "Microsoft.ContainerService/managedClusters",
                "actions": ["Microsoft.Network/virtualNetworks/subnets/join/action"],
            },
        }
    ]


def test_added_rules_belong_to_its_security_group() -> None:
    def build(scope: TerraformStack) -> None:
        made = subnet(scope)
        made.add_rule("allow-https", priority=100, source="Internet", destination_port="443")
        made.add_rule("deny-ssh", priority=4096, access="Deny", destination_port="22")

    allow, deny = resources(synthesized(build), "azurerm_network_security_rule")
    assert allow.pop("network_security_group_name").startswith("${azurerm_network_security_group.pods_nsg_")
    assert allow == {
        "name": "allow-https",
        "resource_group_name": "rg",
        "priority": 100,
        "direction": "Inbound",
        "access": "Allow",
        "protocol": "Tcp",
        "source_address_prefix": "Internet",
        "source_port_range": "*",
        "destination_address_prefix": "*",
        "destination_port_range": "443",
    }
    assert (deny["priority"], deny["access"]) == (4096, "Deny")


@pytest.mark.parametrize("priority", [99, 4097])
def test_a_priority_azure_refuses_is_refused(priority: int) -> None:
    with pytest.raises(ValueError, match=f"rule r: priority is {priority}: use 100 to 4096"):
        synthesized(lambda scope: subnet(scope).add_rule("r", priority=priority))


def test_a_name_azure_refuses_is_refused() -> None:
    with pytest.raises(ValueError, match="is not a valid subnet name"):
        synthesized(lambda scope: subnet(scope, name="-pods"))
