from ipaddress import IPv4Network
from typing import Any

import pytest
from cdktf import TerraformStack

from constructs_lib.pod_subnet_network import PodSubnetNetwork
from tests.synthesis import only, resources, synthesized


def network(scope: TerraformStack, **changes: Any) -> PodSubnetNetwork:
    properties: dict[str, Any] = {
        "name": "vnet",
        "resource_group_name": "rg",
        "location": "eastus2",
        "address_space": IPv4Network("10.240.0.0/12"),
        "node_subnet_range": IPv4Network("10.243.0.0/16"),
        "pod_subnet_range": IPv4Network("10.242.0.0/16"),
    }
    return PodSubnetNetwork(scope, "network", **properties | changes)


def test_the_network_has_the_address_space() -> None:
    assert only(synthesized(network), "azurerm_virtual_network") == {
        "name": "vnet",
        "resource_group_name": "rg",
        "location": "eastus2",
        "address_space": ["10.240.0.0/12"],
    }


def test_only_the_pod_subnet_is_delegated() -> None:
    nodes, pods = resources(synthesized(network), "azurerm_subnet")
    assert (nodes["name"], nodes["address_prefixes"]) == ("nodes", ["10.243.0.0/16"])
    assert (pods["name"], pods["address_prefixes"]) == ("pods", ["10.242.0.0/16"])
    assert "delegation" not in nodes
    assert pods["delegation"][0]["service_delegation"]["name"] == "Microsoft.ContainerService/managedClusters"


def test_subnets_wait_for_their_network() -> None:
    for subnet in resources(synthesized(network), "azurerm_subnet"):
        assert subnet["virtual_network_name"].startswith("${azurerm_virtual_network.network_vnet_")


def test_each_subnet_has_its_own_security_group() -> None:
    stack = synthesized(network)
    associations = resources(stack, "azurerm_subnet_network_security_group_association")
    assert len({association["subnet_id"] for association in associations}) == 2
    assert len({association["network_security_group_id"] for association in associations}) == 2


def test_subnets_may_have_other_names() -> None:
    stack = synthesized(lambda scope: network(scope, node_subnet_name="n", pod_subnet_name="p"))
    assert [subnet["name"] for subnet in resources(stack, "azurerm_subnet")] == ["n", "p"]
    assert [group["name"] for group in resources(stack, "azurerm_network_security_group")] == ["n-nsg", "p-nsg"]


def test_ranges_that_cannot_work_are_refused_together() -> None:
    outside = IPv4Network("192.168.0.0/24")
    with pytest.raises(
        ValueError, match=r"node_subnet: .* not inside .*pod_subnet: .* not inside .*pod_subnet: .* over"
    ):
        synthesized(lambda scope: network(scope, node_subnet_range=outside, pod_subnet_range=outside))
