from ipaddress import IPv4Address, IPv4Network
from typing import Any

import pytest
from cdktf import Aspects, TerraformStack

from constructs_lib.aks_cluster import AksCluster, NetworkPolicy
from constructs_lib.node_pool import NodePool
from constructs_lib.tags import Tags
from tests.synthesis import Json, only, synthesized, warned

CLUSTER, POOL = "azurerm_kubernetes_cluster", "azurerm_kubernetes_cluster_node_pool"
SYSTEM = NodePool(name="system", vm_size="Standard_DS2_v2", max_pods=250)
APPS = NodePool(name="apps", vm_size="Standard_D4ds_v5")


def aks(scope: TerraformStack, **changes: Any) -> AksCluster:
    properties: dict[str, Any] = {
        "name": "aks",
        "resource_group_name": "rg",
        "location": "eastus2",
        "identity_id": "/identity",
        "node_subnet_id": "/nodes",
        "pod_subnet_id": "/pods",
        "system_pool": SYSTEM,
        "service_range": IPv4Network("172.16.0.0/16"),
        "dns_service_ip": IPv4Address("172.16.0.10"),
    }
    return AksCluster(scope, "aks", **properties | changes)


def cluster(**changes: Any) -> Json:
    return only(synthesized(lambda scope: aks(scope, **changes)), CLUSTER)


@pytest.fixture(scope="module")
def default() -> Json:
    return cluster()


class TestDefaults:
    def test_it_runs_as_the_identity_it_is_given(self, default: Json) -> None:
        assert default["identity"] == {"type": "UserAssigned", "identity_ids": ["/identity"]}

    def test_nodes_and_pods_live_in_two_subnets(self, default: Json) -> None:
        pool = default["default_node_pool"]
        assert (pool["vnet_subnet_id"], pool["pod_subnet_id"]) == ("/nodes", "/pods")

    def test_it_uses_azure_cni_calico_and_the_standard_load_balancer(self, default: Json) -> None:
        assert default["network_profile"] == {
            "network_plugin": "azure",
            "network_policy": "calico",
            "network_data_plane": "azure",
            "load_balancer_sku": "standard",
            "service_cidr": "172.16.0.0/16",
            "dns_service_ip": "172.16.0.10",
        }

    def test_the_system_pool_is_as_asked_for(self, default: Json) -> None:
        pool = default["default_node_pool"]
        assert (pool["name"], pool["vm_size"], pool["node_count"]) == ("system", "Standard_DS2_v2", 3)
        assert (pool["max_pods"], pool["zones"]) == (250, ["1", "2", "3"])

    def test_what_would_drift_unless_declared_is_declared(self, default: Json) -> None:
        assert default["oidc_issuer_enabled"] is True
        assert default["default_node_pool"]["upgrade_settings"] == {"max_surge": "10%"}

    def test_a_change_that_cycles_the_pool_has_a_name_to_rotate_through(self, default: Json) -> None:
        assert default["default_node_pool"]["temporary_name_for_rotation"] == "systemtmp"

    def test_aks_chooses_the_version(self, default: Json) -> None:
        assert "kubernetes_version" not in default
        assert "orchestrator_version" not in default["default_node_pool"]

    def test_the_control_plane_is_free(self, default: Json) -> None:
        assert default["sku_tier"] == "Free"


def test_a_version_is_that_of_the_control_plane_and_of_every_pool() -> None:
    stack = synthesized(lambda scope: aks(scope, kubernetes_version="1.35").add_node_pool(APPS))
    assert only(stack, CLUSTER)["kubernetes_version"] == "1.35"
    assert only(stack, CLUSTER)["default_node_pool"]["orchestrator_version"] == "1.35"
    assert only(stack, POOL)["orchestrator_version"] == "1.35"


def test_cilium_brings_its_own_data_plane() -> None:
    profile = cluster(network_policy=NetworkPolicy.CILIUM)["network_profile"]
    assert (profile["network_policy"], profile["network_data_plane"]) == ("cilium", "cilium")


def test_with_autoscaling_terraform_does_not_set_the_number_of_nodes() -> None:
    pool = NodePool(name="system", vm_size="Standard_DS2_v2", node_count=2, node_count_max=9)
    block = cluster(system_pool=pool)["default_node_pool"]
    assert (block["auto_scaling_enabled"], block["min_count"], block["max_count"]) == (True, 2, 9)
    assert "node_count" not in block


def test_the_dns_prefix_has_no_character_that_dns_refuses() -> None:
    assert cluster(name="my_cluster_" + "x" * 50 + "_y")["dns_prefix"] == "my-cluster-" + "x" * 43


class TestNodePools:
    def test_an_added_pool_is_a_user_pool_on_the_same_subnets(self) -> None:
        pool = only(synthesized(lambda scope: aks(scope).add_node_pool(APPS)), POOL)
        assert pool.pop("kubernetes_cluster_id").startswith("${azurerm_kubernetes_cluster.aks_cluster_")
        assert pool == {
            "name": "apps",
            "mode": "User",
            "vm_size": "Standard_D4ds_v5",
            "node_count": 3,
            "max_pods": 110,
            "zones": ["1", "2", "3"],
            "vnet_subnet_id": "/nodes",
            "pod_subnet_id": "/pods",
            "temporary_name_for_rotation": "appstmp",
            "upgrade_settings": {"max_surge": "10%"},
        }

    def test_a_pool_may_have_subnets_of_its_own(self) -> None:
        pool = only(
            synthesized(lambda scope: aks(scope).add_node_pool(APPS, node_subnet_id="/n2", pod_subnet_id="/p2")), POOL
        )
        assert (pool["vnet_subnet_id"], pool["pod_subnet_id"]) == ("/n2", "/p2")

    def test_pools_are_made_one_after_the_other(self) -> None:
        def build(scope: TerraformStack) -> None:
            made = aks(scope)
            for name in ("a", "b", "c"):
                made.add_node_pool(NodePool(name=name, vm_size="Standard_D4ds_v5"))

        pools = synthesized(build)["resource"][POOL]
        (a, b, c) = pools
        assert [pools[name].get("depends_on") for name in (a, b, c)] == [None, [f"{POOL}.{a}"], [f"{POOL}.{b}"]]

    @pytest.mark.parametrize("name", ["system", "apps", "systemtmp", "appstmp"])
    def test_a_pool_of_a_name_that_is_taken_or_rotated_through_is_refused(self, name: str) -> None:
        def build(scope: TerraformStack) -> None:
            made = aks(scope)
            made.add_node_pool(APPS)
            made.add_node_pool(NodePool(name=name, vm_size="Standard_D4ds_v5"))

        with pytest.raises(ValueError, match=f"node pool {name}: '{name}"):
            synthesized(build)

    def test_a_pool_whose_subnets_are_the_same_is_refused(self) -> None:
        with pytest.raises(ValueError, match="AKS wants two subnets"):
            synthesized(lambda scope: aks(scope).add_node_pool(APPS, pod_subnet_id="/nodes"))

    def test_every_pool_is_tagged(self) -> None:
        def build(scope: TerraformStack) -> None:
            aks(scope).add_node_pool(APPS)
            Aspects.of(scope).add(Tags({"owner": "me"}))

        stack = synthesized(build)
        assert only(stack, CLUSTER)["tags"] == {"owner": "me"}
        assert only(stack, CLUSTER)["default_node_pool"]["tags"] == {"owner": "me"}
        assert only(stack, POOL)["tags"] == {"owner": "me"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"pod_subnet_id": "/nodes"}, "AKS wants two subnets"),
        ({"service_range": IPv4Network("172.30.0.0/16")}, "AKS uses it"),
        ({"dns_service_ip": IPv4Address("172.16.0.1")}, "which the API server takes"),
        ({"name": "-aks"}, "is not a valid AKS cluster name"),
    ],
)
def test_what_aks_refuses_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        cluster(**changes)


def test_ids_known_only_to_terraform_pass() -> None:
    block = cluster(node_subnet_id="${data.x.nodes}", pod_subnet_id="${data.x.pods}")["default_node_pool"]
    assert (block["vnet_subnet_id"], block["pod_subnet_id"]) == ("${data.x.nodes}", "${data.x.pods}")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"network_policy": NetworkPolicy.AZURE}, ["retires on Linux on 2028-09-30"]),
        ({"system_pool": NodePool(name="system", vm_size="Standard_DS2_v2", zones=())}, ["no availability zone"]),
        ({"system_pool": NodePool(name="system", vm_size="Standard_DS2_v2", node_count=1)}, ["can have one node only"]),
        (
            {"system_pool": NodePool(name="system", vm_size="Standard_DS2_v2", node_count=1, node_count_max=5)},
            ["node pool system can have one node only"],
        ),
    ],
)
def test_synth_warns_of_what_is_legal_and_risky(changes: dict[str, Any], expected: list[str]) -> None:
    shown = warned(lambda scope: aks(scope, **changes))
    assert len(shown) == len(expected)
    assert all(part in message for part, message in zip(expected, shown, strict=True))
