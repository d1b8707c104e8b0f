"""How full the pod subnets are, and would be with every pool at its largest.

A node takes addresses in batches, so a subnet is full long before its pods are that many. How many a node takes:
https://learn.microsoft.com/azure/aks/configure-azure-cni-dynamic-ip-allocation (batches) and
https://learn.microsoft.com/azure/aks/configure-azure-cni-static-block-allocation (blocks).
"""

from collections import defaultdict
from dataclasses import dataclass, field
from ipaddress import IPv4Network, ip_network

from constructs_lib.addressing import FREE_POD_ADDRESSES, POD_BATCH, usable_addresses
from ops.verify.answers import NotFound, Unanswered
from ops.verify.arm import Network, NodePool, name_of
from ops.verify.checks.base import Check, Evidence, failed, held, not_checked, warned
from ops.verify.examples import Examples
from ops.verify.facts import Facts
from ops.verify.kinds import NetworkContainer, NodeNetworkConfig
from ops.verify.report import Finding

PATH = "/apis/acn.azure.com/v1alpha/namespaces/kube-system/nodenetworkconfigs"
WARN_FROM = 0.8
"""Share of a subnet in use from which it is worth a warning."""
DEFAULT_MAX_PODS = 110
"""What AKS takes for a pool with a pod subnet that does not say."""
SUBNET_FULL = "NCUpdateSubnetFullError"


@dataclass
class _Pool:
    """What the nodes of one pool hold."""

    nodes: int = 0
    requested: int = 0
    assigned: int = 0
    batch: int = POD_BATCH
    free: int = FREE_POD_ADDRESSES
    static: bool = False

    def per_full_node(self, max_pods: int) -> int:
        """Addresses a node with all its pods takes; a static one keeps one of a block for itself."""
        spare = 1 if self.static else self.free
        return self.batch * -(-(max_pods + spare) // self.batch)


@dataclass
class _Held:
    """What all nodes hold."""

    pools: dict[str, _Pool] = field(default_factory=lambda: defaultdict(_Pool))
    full: Examples = field(default_factory=Examples)
    nodes: set[str] = field(default_factory=set[str])


def _run(facts: Facts) -> Evidence:
    inventory = facts.inventory()

    def add(total: _Held, config: NodeNetworkConfig) -> None:
        node = inventory.nodes.get(config.metadata.name)
        total.nodes.add(config.metadata.name)
        _add(total, total.pools[node.pool if node else ""], config)

    try:
        total = facts.access.kubernetes().fold(PATH, NodeNetworkConfig, _Held, add)
    except NotFound:
        raise Unanswered(
            "the cluster has no NodeNetworkConfig objects: its nodes take no addresses from a pod subnet"
        ) from None
    if total.full:
        yield failed(f"{total.full.count} nodes asked for addresses and the subnet had none left: {total.full}")
    lacking = Examples.of(
        node.name
        for node in inventory.nodes.values()
        if node.listed and not node.virtual and node.name not in total.nodes
    )
    if lacking:
        yield warned(f"{lacking.count} nodes have no NodeNetworkConfig, their addresses are not counted: {lacking}")
    try:
        pools = facts.cluster().pools
    except Unanswered as reason:
        yield from _now_only(facts, total, reason)
        return
    by_subnet: dict[str, list[NodePool]] = defaultdict(list)
    for pool in pools:
        if pool.pod_subnet_id:
            by_subnet[pool.pod_subnet_id.lower()].append(pool)
    for sharing in by_subnet.values():
        yield from _judge_subnet(facts, total, sharing)


def _add(total: _Held, pool: _Pool, config: NodeNetworkConfig) -> None:
    status = config.status
    containers = status.network_containers or ()
    blocks = [c for c in containers if c.type == "vnetblock"]
    pool.nodes += 1
    pool.requested += config.spec.requested_ip_count
    if blocks:
        pool.static = True
        pool.assigned += sum(map(_addresses_in_blocks, blocks))
    else:
        pool.assigned += status.assigned_ip_count
        pool.batch = status.scaler.batch_size or pool.batch
        pool.free = pool.batch * status.scaler.request_threshold_percent // 100 or pool.free
    if any(container.status == SUBNET_FULL for container in containers):
        total.full.add(config.metadata.name)


def _addresses_in_blocks(container: NetworkContainer) -> int:
    """Addresses of a static node: its primary block and the others, each in CIDR notation."""
    blocks = [container.primary_ip, *(block.ip for block in container.ip_assignments or ())]
    try:
        return sum(ip_network(block, strict=False).num_addresses for block in blocks if block)
    except ValueError:
        raise Unanswered(f"a NodeNetworkConfig has a malformed block among {blocks}") from None


def _judge_subnet(facts: Facts, total: _Held, pools: list[NodePool]) -> Evidence:
    subnet_id = pools[0].pod_subnet_id or ""
    name = f"pod subnet {name_of(subnet_id)}"
    usable = _usable(facts.subnet(subnet_id).ranges)
    assigned = sum(total.pools[pool.name].assigned for pool in pools)
    requested = sum(total.pools[pool.name].requested for pool in pools)
    yield _judge(f"{name} now", assigned, usable, f"assigned to nodes, {requested:,} requested")
    at_most = sum(_at_most(pool, total.pools[pool.name]) for pool in pools)
    sizes = ", ".join(
        f"{pool.name}: {pool.most_nodes} + {pool.surge_nodes} surge nodes x {_per_node(pool, total.pools[pool.name])}"
        for pool in pools
    )
    yield _judge(f"{name} with every pool at its largest, every node full", at_most, usable, sizes)


def _now_only(facts: Facts, total: _Held, reason: Unanswered) -> Evidence:
    planned = facts.access.deployed().planned
    if planned:
        assigned = sum(pool.assigned for pool in total.pools.values())
        requested = sum(pool.requested for pool in total.pools.values())
        usable = _usable((planned.pod_subnet.range,))
        yield _judge(
            f"pod subnet {name_of(planned.pod_subnet.id)} now",
            assigned,
            usable,
            f"assigned to nodes, {requested:,} requested",
        )
    yield not_checked(f"how full it would be with every pool at its largest: {reason}")


def _judge(when: str, used: int, usable: int, details: str) -> Finding:
    share = used / usable if usable else 1
    judge = warned if share >= WARN_FROM else held
    advice = ": use a larger pod subnet, or fewer nodes or pods a node" if share >= WARN_FROM else ""
    return judge(f"{when}: {used:,} of {usable:,} addresses, {share:.0%} ({details}){advice}")


def _at_most(pool: NodePool, holds: _Pool) -> int:
    return (pool.most_nodes + pool.surge_nodes) * _per_node(pool, holds)


def _per_node(pool: NodePool, holds: _Pool) -> int:
    return holds.per_full_node(pool.max_pods or DEFAULT_MAX_PODS)


def _usable(ranges: tuple[Network, ...]) -> int:
    return sum(usable_addresses(range_) for range_ in ranges if isinstance(range_, IPv4Network))


CHECK = Check(
    name="headroom",
    asserts="the pod subnet has room, now and with every pool at its largest",
    run=_run,
)
