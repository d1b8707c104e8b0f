"""What verify says of clusters that are wrong in one way each."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from simulator.arm_objects import Subnet
from simulator.kubernetes_objects import Pod
from simulator.roles import CONTRIBUTOR, NETWORK_CONTRIBUTOR, OWNER, READER
from tests.ops.cluster_fixture import (
    GROUP,
    JOIN_ONLY,
    NETWORK,
    NODE_GROUP,
    NODE_SUBNET,
    POD_SUBNET,
    SUBSCRIPTION,
    ClusterFixture,
    NodeFixture,
    PoolFixture,
)
from tests.ops.conftest import Verify

AKS = "Microsoft.ContainerService/managedClusters"
OTHER_SUBNET = f"{NETWORK}/subnets/snet-other"

Change = Callable[[ClusterFixture], object]


def test_a_cluster_that_is_as_asked_for_holds_in_every_check(verify: Verify) -> None:
    run = verify.of(ClusterFixture())
    assert (run.code, run.unsettled) == (0, {})
    assert {c["name"]: c["status"] for c in run.report["checks"]}["policy"] == "skipped"
    assert "all 3 nodes" in run.messages("addresses", "held")
    assert "all 9 other pods" in run.messages("addresses", "held")


def replace_role(cluster: ClusterFixture, scope: str, *others: tuple[str, str]) -> None:
    cluster.roles = [role for role in cluster.roles if role[0] != scope] + list(others)


def lose_daemonset(cluster: ClusterFixture, name: str) -> None:
    cluster.pods = [pod for pod in cluster.pods if pod.daemonset != name]


def add_pod(cluster: ClusterFixture, **changes: object) -> None:
    pod = Pod(name="odd", node=cluster.nodes[0].name, addresses=["10.242.7.7"])
    for attribute, value in changes.items():
        setattr(pod, attribute, value)
    cluster.pods.append(pod)


def add_pool(cluster: ClusterFixture, *, node_subnet: str = NODE_SUBNET, pod_subnet: str | None) -> None:
    """A second pool with a node, and a third subnet for it to use."""
    cluster.roles.append((OTHER_SUBNET, NETWORK_CONTRIBUTOR))
    cluster.subnets[OTHER_SUBNET] = Subnet(
        id=OTHER_SUBNET, ranges=["10.244.0.0/16"], delegated_to=AKS, security_group="nsg"
    )
    cluster.pools.append(PoolFixture(name="user", count=1, node_subnet=node_subnet, pod_subnet=pod_subnet))
    node = NodeFixture(name="aks-user-vmss000000", pool="user", addresses=["10.243.1.1"])
    cluster.nodes.append(node)
    cluster.pods += [cluster.host_pod(node, name) for name in ("azure-cns", "kube-proxy", "calico-node")]
    cluster.pods_per_node = 0


FELL_SHORT: dict[str, tuple[Change, str, str]] = {
    "missing role at the pod subnet": (
        lambda c: replace_role(c, POD_SUBNET),
        "roles",
        "subnet snet-pods: the cluster's identity lacks Network Contributor here or above",
    ),
    "role that does not allow joining": (
        lambda c: replace_role(c, NODE_SUBNET, (NODE_SUBNET, READER)),
        "roles",
        "subnet snet-nodes: the cluster's identity lacks Network Contributor here or above; it has Reader",
    ),
    "missing role at the node resource group": (
        lambda c: replace_role(c, NODE_GROUP),
        "roles",
        "lacks Contributor",
    ),
    "another identity": (
        lambda c: c.identities.update({f"{GROUP}/x/y/other": c.identities.popitem()[1]}),
        "roles",
        "does not run as aks-demo-identity, but as other",
    ),
    "delegation removed": (
        lambda c: setattr(c.subnets[POD_SUBNET], "delegated_to", None),
        "network",
        f"pod subnet snet-pods is not delegated to {AKS}",
    ),
    "node subnet delegated": (
        lambda c: setattr(c.subnets[NODE_SUBNET], "delegated_to", AKS),
        "network",
        f"node subnet snet-nodes is delegated to {AKS}",
    ),
    "subnet with another range": (
        lambda c: setattr(c.subnets[POD_SUBNET], "ranges", ["10.242.0.0/15"]),
        "network",
        "pod subnet snet-pods is 10.242.0.0/15, planned was 10.242.0.0/16",
    ),
    "no security group": (
        lambda c: setattr(c.subnets[NODE_SUBNET], "security_group", None),
        "network",
        "node subnet snet-nodes has no security group",
    ),
    "pool with its pods on another subnet": (
        lambda c: add_pool(c, pod_subnet=OTHER_SUBNET),
        "network",
        "pool user has its pods in snet-other, not in snet-pods",
    ),
    "daemonset missing": (
        lambda c: lose_daemonset(c, "azure-cns"),
        "components",
        "azure-cns is missing: no node has a pod of it",
    ),
    "daemonset not ready": (
        lambda c: setattr(c.pod("calico-node-aks-system-vmss000001"), "ready", False),
        "components",
        "calico-node is not ready on 1 of 3 Linux nodes: aks-system-vmss000001",
    ),
    "daemonset that some nodes have, but not all": (
        lambda c: c.pods.append(c.host_pod(c.nodes[0], "azure-ip-masq-agent")),
        "components",
        "azure-ip-masq-agent is not ready on 2 of 3 Linux nodes: aks-system-vmss000001; aks-system-vmss000002",
    ),
    "node not ready": (
        lambda c: setattr(c.nodes[2], "ready", False),
        "components",
        "1 of 3 Linux nodes are not ready: aks-system-vmss000002",
    ),
    "CoreDNS missing": (
        lambda c: c.deployments.pop(0),
        "components",
        "coredns is missing from namespace kube-system",
    ),
    "tigera operator unavailable": (
        lambda c: setattr(c.deployments[1], "available", 0),
        "components",
        "tigera-operator has 0 of 1 replicas available",
    ),
    "pod in the node subnet": (
        lambda c: add_pod(c, addresses=["10.243.0.77"]),
        "addresses",
        (
            "1 of 10 pods are outside their pod subnet: default/odd on aks-system-vmss000000 has 10.243.0.77"
            " (in the node subnet), the pod subnet of pool system is 10.242.0.0/16"
        ),
    ),
    "pod outside either subnet": (
        lambda c: add_pod(c, addresses=["192.168.4.4"]),
        "addresses",
        "default/odd on aks-system-vmss000000 has 192.168.4.4, the pod subnet of pool system is 10.242.0.0/16",
    ),
    "host-network pod with an address of its own": (
        lambda c: add_pod(c, host_network=True),
        "addresses",
        (
            "1 of 10 host-network pods do not have their node's address: default/odd has 10.242.7.7, its node"
            " aks-system-vmss000000 10.243.0.4"
        ),
    ),
    "node in the pod subnet": (
        lambda c: c.nodes.append(NodeFixture(name="odd", addresses=["10.242.3.3"], os="windows")),
        "addresses",
        (
            "1 of 4 nodes are outside their node subnet: odd of pool system has 10.242.3.3, the node subnet is"
            " 10.243.0.0/16"
        ),
    ),
    "node without an address": (
        lambda c: c.nodes.append(NodeFixture(name="odd", addresses=[], os="windows")),
        "addresses",
        "odd has no InternalIP",
    ),
    "pod waiting for an address": (
        lambda c: add_pod(c, addresses=[], phase="Pending", age=timedelta(minutes=5)),
        "addresses",
        "1 pods have had no address for over two minutes: default/odd on aks-system-vmss000000 for 5 min",
    ),
    "pod that fits on no node": (
        lambda c: add_pod(
            c, node=None, addresses=[], phase="Pending", age=timedelta(minutes=9), message="Insufficient cpu"
        ),
        "addresses",
        "default/odd on no node for 9 min: Insufficient cpu",
    ),
    "IPv6 address where the subnet has only IPv4": (
        lambda c: add_pod(c, addresses=["10.242.7.7", "fd00::7"]),
        "addresses",
        "default/odd on aks-system-vmss000000 has 10.242.7.7 and fd00::7",
    ),
    "subnet without an address left": (
        lambda c: setattr(c.nodes[1], "subnet_full", True),
        "headroom",
        "1 nodes asked for addresses and the subnet had none left: aks-system-vmss000001",
    ),
    "demo without its replicas": (
        lambda c: setattr(c.deployments[2], "available", 1),
        "demo",
        "1 of 3 replicas are available",
    ),
    "demo on one node": (
        lambda c: [setattr(pod, "node", c.nodes[0].name) for pod in c.pods if pod.namespace == "hello"],
        "demo",
        "all 3 replicas are on one node of 3: aks-system-vmss000000 (3)",
    ),
    "demo removed": (
        lambda c: c.deployments.pop(),
        "demo",
        "there is no deployment hello-kubernetes in namespace hello",
    ),
    "demo without endpoints": (
        lambda c: setattr(c, "demo_page", None),
        "demo",
        "answered 503 (no endpoints available for service)",
    ),
    "demo answered by somebody else": (
        lambda c: setattr(c, "demo_page", "<h1>It works!</h1>"),
        "demo",
        "its page names none of the demo's pods",
    ),
}


@pytest.mark.parametrize("wrong", FELL_SHORT)
def test_what_is_wrong_is_said_by_the_check_it_belongs_to(verify: Verify, wrong: str) -> None:
    change, check, words = FELL_SHORT[wrong]
    cluster = ClusterFixture()
    change(cluster)
    run = verify.of(cluster)
    assert run.code == 1
    assert run.unsettled == {check: "failed"}
    assert words in run.messages(check, "failed")


WARNED: dict[str, tuple[Change, str, str]] = {
    "role inherited from the network": (
        lambda c: replace_role(c, POD_SUBNET, (NETWORK, NETWORK_CONTRIBUTOR)),
        "roles",
        "Network Contributor at virtual network vnet-aks is wider than the cluster needs",
    ),
    "role inherited from the subscription": (
        lambda c: c.roles.append((f"/subscriptions/{SUBSCRIPTION}", CONTRIBUTOR)),
        "roles",
        "Contributor at the subscription is wider than the cluster needs",
    ),
    "role inherited from a management group": (
        lambda c: c.roles.append(("/providers/Microsoft.Management/managementGroups/corp", READER)),
        "roles",
        "Reader at management group corp is wider",
    ),
    "owner of a subnet": (
        lambda c: replace_role(c, POD_SUBNET, (POD_SUBNET, OWNER)),
        "roles",
        "Owner at subnet snet-pods lets the cluster grant itself any role",
    ),
    "pod subnet four fifths full": (
        lambda c: setattr(c.nodes[0], "assigned", 52_400),
        "headroom",
        "pod subnet snet-pods now: 52,432 of 65,531 addresses, 80%",
    ),
    "pod subnet too small for the autoscaler": (
        # 500 nodes and 50 more while they are upgraded, each with 16 addresses for 110 + 8 pods: 8 batches
        lambda c: c.pools.__setitem__(0, PoolFixture(count=3, max_count=500)),
        "headroom",
        "70,400 of 65,531 addresses, 107% (system: 500 + 50 surge nodes x 128)",
    ),
    "demo's replicas share a node": (
        lambda c: setattr(c.pod("hello-kubernetes-7d9c-1"), "node", c.nodes[0].name),
        "demo",
        "replicas share nodes although there are 3",
    ),
}


@pytest.mark.parametrize("doubtful", WARNED)
def test_what_is_doubtful_is_a_warning_and_still_a_pass(verify: Verify, doubtful: str) -> None:
    change, check, words = WARNED[doubtful]
    cluster = ClusterFixture()
    change(cluster)
    run = verify.of(cluster)
    assert run.code == 0
    assert run.unsettled == {check: "warned"}
    assert words in run.messages(check, "warned")


def with_another_role(cluster: ClusterFixture) -> None:
    replace_role(cluster, POD_SUBNET, (POD_SUBNET, JOIN_ONLY))


def with_windows_nodes(cluster: ClusterFixture) -> None:
    node = NodeFixture(name="akswin000000", addresses=["10.243.2.2"], os="windows")
    cluster.nodes.append(node)
    cluster.pods.append(cluster.host_pod(node, "azure-cns-win"))


def with_a_virtual_node(cluster: ClusterFixture) -> None:
    cluster.nodes.append(NodeFixture(name="virtual-node-aci", addresses=["10.242.1.1"], virtual=True))
    add_pod(cluster, node="virtual-node-aci", addresses=["10.250.0.9"])


def test_what_is_only_unusual_holds(verify: Verify) -> None:
    cluster = ClusterFixture()
    with_another_role(cluster)
    with_windows_nodes(cluster)
    with_a_virtual_node(cluster)
    add_pod(cluster, name="completed", addresses=["10.243.0.4"], phase="Succeeded")
    add_pod(cluster, name="evicted", addresses=[], phase="Failed")
    add_pod(cluster, name="just-made", addresses=[], phase="Pending", age=timedelta(seconds=30))
    add_pod(cluster, name="on-a-node-that-joined-after-the-nodes-were-listed", node="just-joined")
    cluster.preview = None
    cluster.deployments.pop(1)  # Calico without the operator
    run = verify.of(cluster)
    assert (run.code, run.unsettled) == (0, {})
    assert "2 Windows or virtual nodes are left out" in run.messages("components", "noted")
    assert "1 pods wait for an address, none for over two minutes" in run.messages("addresses", "noted")
    assert sum(row[7] for row in run.check("addresses")["table"]["rows"]) == 2, "pods that ended"


def test_dual_stack_addresses_are_held_against_the_range_of_their_own_kind(verify: Verify) -> None:
    cluster = ClusterFixture()
    for subnet, range_ in ((NODE_SUBNET, "fd00:243::/64"), (POD_SUBNET, "fd00:242::/64")):
        cluster.subnets[subnet].ranges.append(range_)
    cluster.nodes[0].addresses.append("fd00:243::4")
    add_pod(cluster, addresses=["10.242.7.7", "fd00:242::7"])
    assert verify.of(cluster, "--only", "addresses").code == 0
    add_pod(cluster, name="stray", addresses=["10.242.7.8", "fd00:243::8"])
    run = verify.of(cluster, "--only", "addresses")
    assert run.code == 1
    assert "default/stray on aks-system-vmss000000 has 10.242.7.8 and fd00:243::8" in run.messages(
        "addresses", "failed"
    )


def test_each_pool_has_a_pod_subnet_of_its_own_in_a_cluster_that_this_app_did_not_make(verify: Verify) -> None:
    cluster = ClusterFixture()
    add_pool(cluster, pod_subnet=OTHER_SUBNET)
    add_pod(cluster, node="aks-user-vmss000000", addresses=["10.244.0.9"])
    flags = ("--subscription", SUBSCRIPTION, "--resource-group", "rg-aks", "--cluster", "aks-demo")
    run = verify.of(cluster, *flags)
    assert (run.code, run.unsettled) == (0, {})
    add_pod(cluster, name="stray", node="aks-user-vmss000000", addresses=["10.242.0.9"])
    run = verify.of(cluster, *flags)
    assert (run.code, run.unsettled) == (1, {"addresses": "failed"})
    assert "the pod subnet of pool user is 10.244.0.0/16" in run.messages("addresses", "failed")


@pytest.mark.parametrize(
    ("engine", "daemonset", "others"),
    [("cilium", "cilium", ("kube-proxy",)), ("azure", "azure-npm", ())],
)
def test_each_policy_engine_has_its_own_components(
    verify: Verify, engine: str, daemonset: str, others: tuple[str, ...]
) -> None:
    cluster = ClusterFixture()
    cluster.policy = engine
    for name in ("calico-node", *others):
        lose_daemonset(cluster, name)
    run = verify.of(cluster, "--only", "components")
    assert f"{daemonset} is missing" in run.messages("components", "failed")
    cluster.pods += [cluster.host_pod(node, daemonset) for node in cluster.nodes]
    run = verify.of(cluster, "--only", "components")
    assert (run.code, run.unsettled) == (0, {})


def test_a_cluster_that_was_asked_for_no_policy_engine_needs_none(verify: Verify) -> None:
    cluster = ClusterFixture()
    cluster.policy = None
    lose_daemonset(cluster, "calico-node")
    run = verify.of(cluster, "--only", "components")
    assert (run.code, run.unsettled) == (0, {})
    assert "asked for no NetworkPolicy engine" in run.messages("components", "noted")


def test_a_cluster_without_pod_addresses_of_its_own_has_no_headroom_to_check(verify: Verify) -> None:
    cluster = ClusterFixture()
    cluster.has_network_configs = False
    run = verify.of(cluster, "--only", "headroom")
    assert run.code == 2
    assert "no NodeNetworkConfig objects" in run.messages("headroom", "not_checked")


def test_nodes_with_static_blocks_hold_whole_blocks(verify: Verify) -> None:
    cluster = ClusterFixture()
    for n, node in enumerate(cluster.nodes):
        node.blocks = [f"10.242.{n}.0/28", f"10.242.{n}.16/28"]
    run = verify.of(cluster, "--only", "headroom")
    assert run.code == 0
    # 3 nodes with 2 blocks of 16; full, 110 pods and the one address kept for itself take 7 blocks
    assert "now: 96 of 65,531 addresses" in run.messages("headroom", "held")
    assert "448 of 65,531 addresses, 1% (system: 3 + 1 surge nodes x 112)" in run.messages("headroom", "held")


def test_a_cluster_without_nodes_is_not_passed(verify: Verify) -> None:
    cluster = ClusterFixture()
    cluster.nodes, cluster.pods = [], []
    run = verify.of(cluster, "--only", "addresses,components")
    assert run.unsettled == {"addresses": "failed", "components": "failed"}


def test_the_demo_is_left_out_where_it_was_turned_off(verify: Verify) -> None:
    cluster = ClusterFixture()
    cluster.demo_deployed = False
    run = verify.of(cluster)
    assert run.code == 0
    assert run.check("demo")["status"] == "skipped"


def test_the_table_lists_every_node_with_the_worst_first(verify: Verify) -> None:
    cluster = ClusterFixture()
    add_pod(cluster, node=cluster.nodes[2].name, addresses=["10.243.0.77"])
    table = verify.of(cluster, "--only", "addresses").check("addresses")["table"]
    assert table["columns"][3:6] == ["host network", "own address", "misplaced"]
    assert table["rows"][0] == ["aks-system-vmss000002", "system", "10.243.0.6", 3, 4, 1, 0, 0]
    assert len(table["rows"]) == 3
