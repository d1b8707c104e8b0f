"""Every node, and every pod, has its address from the subnet it belongs to."""

from ops.verify.answers import Unanswered
from ops.verify.checks.base import Check, Evidence, failed, held, noted
from ops.verify.examples import Examples
from ops.verify.facts import Facts
from ops.verify.inventory import Inventory, NodeFacts
from ops.verify.report import Table
from ops.verify.subnets import Subnets, is_within


def _run(facts: Facts) -> Evidence:
    inventory = facts.inventory()
    if not inventory.subnets:
        # says why the ranges are not known
        facts.subnets()
        raise Unanswered("the ranges of the subnets became known only after the pods were read")
    machines = [node for node in inventory.nodes.values() if node.listed and not node.virtual]
    yield noted(f"ranges according to {inventory.subnets.source}")
    yield from _nodes(machines, inventory.subnets)
    yield from _pods(inventory)
    virtual = [node for node in inventory.nodes.values() if node.virtual]
    if virtual:
        yield noted(f"{len(virtual)} virtual nodes are left out: container instances have a subnet of their own")
    yield _table(inventory)


def _nodes(machines: list[NodeFacts], subnets: Subnets) -> Evidence:
    outside = Examples()
    for node in machines:
        wanted = subnets.of(node.pool).node
        if not node.addresses:
            outside.add(f"{node.name} has no InternalIP")
        elif not is_within(node.addresses, wanted):
            outside.add(
                f"{node.name} of pool {node.pool or 'unknown'} has {' and '.join(map(str, node.addresses))},"
                f" the node subnet is {' and '.join(map(str, wanted)) or 'none'}"
            )
    if not machines:
        yield failed("there is no node: nothing has an address")
    elif outside.count:
        yield failed(f"{outside.count:,} of {len(machines):,} nodes are outside their node subnet: {outside}")
    else:
        yield held(f"all {len(machines):,} nodes have their address in the node subnet")


def _pods(inventory: Inventory) -> Evidence:
    nodes = inventory.nodes.values()
    host_pods = sum(node.host_pods for node in nodes)
    subnet_pods = sum(node.subnet_pods for node in nodes)
    if wrong := inventory.host_pods_elsewhere:
        yield failed(f"{wrong.count:,} of {host_pods:,} host-network pods do not have their node's address: {wrong}")
    else:
        yield held(f"all {host_pods:,} host-network pods have their node's address")
    if wrong := inventory.pods_elsewhere:
        yield failed(f"{wrong.count:,} of {subnet_pods:,} pods are outside their pod subnet: {wrong}")
    else:
        yield held(f"all {subnet_pods:,} other pods have their address in the pod subnet of their pool")
    waiting = inventory.unscheduled + sum(node.waiting for node in nodes)
    if late := inventory.without_address:
        yield failed(f"{late.count:,} pods have had no address for over two minutes: {late}")
    elif waiting:
        yield noted(f"{waiting:,} pods wait for an address, none for over two minutes")
    else:
        yield held("no pod waits for an address")


def _table(inventory: Inventory) -> Table:
    def worst_first(node: NodeFacts) -> tuple[int, int, str]:
        return -node.misplaced, -node.waiting, node.name

    return Table(
        title="pods by node",
        columns=(
            "node",
            "pool",
            "address",
            "host network",
            "own address",
            "misplaced",
            "waiting",
            "ended",
        ),
        rows=tuple(
            (
                node.name,
                node.pool,
                " ".join(map(str, node.addresses)),
                node.host_pods,
                node.subnet_pods,
                node.misplaced,
                node.waiting,
                node.ended,
            )
            for node in sorted(inventory.nodes.values(), key=worst_first)
        ),
    )


CHECK = Check(
    name="addresses",
    asserts="nodes and host-network pods are in the node subnet, all other pods in their pool's pod subnet",
    run=_run,
)
