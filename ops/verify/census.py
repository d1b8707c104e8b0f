"""One pass over the nodes and one over the pods.

Memory grows with the nodes, not with the pods: a pod is judged and counted as its page is read, and forgotten.
"""

from collections.abc import Iterable
from datetime import timedelta
from ipaddress import ip_address

from ops.verify.answers import Unanswered
from ops.verify.inventory import DAEMONS, Inventory, NodeFacts
from ops.verify.kinds import Node, Pod, is_true
from ops.verify.kubernetes import Kubernetes
from ops.verify.progress import Progress
from ops.verify.subnets import Ip, PoolSubnets, Subnets, is_within

PATIENCE = timedelta(minutes=2)
"""How long a pod may be without an address."""
SYSTEM_NAMESPACES = frozenset({"kube-system", "calico-system"})
POOL_LABELS = ("kubernetes.azure.com/agentpool", "agentpool")
ENDED = ("Succeeded", "Failed")


def take(kubernetes: Kubernetes, subnets: Subnets | None, progress: Progress) -> Inventory:
    """Reads nodes and pods.

    Raises:
        Unanswered: one of the two lists cannot be read.
    """
    progress.say("reading the nodes")
    nodes = kubernetes.fold("/api/v1/nodes", Node, dict[str, NodeFacts], _add_node)

    def start() -> Inventory:
        for node in nodes.values():
            node.host_pods = node.subnet_pods = node.misplaced = node.waiting = node.ended = 0
            node.daemons.clear()
        return Inventory(subnets, kubernetes.now, {n.name: n for n in nodes.values() if n.listed})

    read = 0

    def add(inventory: Inventory, pod: Pod) -> None:
        nonlocal read
        read += 1
        if not read % 500:
            progress.say(f"reading the pods: {read:,} so far, on {len(nodes):,} nodes")
        _add_pod(inventory, pod)

    return kubernetes.fold("/api/v1/pods", Pod, start, add)


def _add_node(nodes: dict[str, NodeFacts], node: Node) -> None:
    labels = node.metadata.labels or {}
    nodes[node.metadata.name] = NodeFacts(
        name=node.metadata.name,
        pool=next((labels[label] for label in POOL_LABELS if label in labels), ""),
        windows=labels.get("kubernetes.io/os") == "windows",
        virtual=labels.get("type") == "virtual-kubelet",
        ready=is_true(node.status.conditions, "Ready"),
        zone=labels.get("topology.kubernetes.io/zone", ""),
        addresses=tuple(
            _ip(a.address, node.metadata.name) for a in node.status.addresses or () if a.type == "InternalIP"
        ),
    )


def _add_pod(inventory: Inventory, pod: Pod) -> None:
    name = f"{pod.metadata.namespace}/{pod.metadata.name}"
    addresses = [_ip(p.ip, name) for p in pod.status.pod_ips or ()]
    if not addresses and pod.status.pod_ip:
        addresses = [_ip(pod.status.pod_ip, name)]
    if not pod.spec.node_name:
        if pod.status.phase not in ENDED:
            inventory.unscheduled += 1
            _judge_wait(inventory, pod, name)
        return
    node = inventory.nodes.setdefault(pod.spec.node_name, NodeFacts(name=pod.spec.node_name, listed=False))
    if pod.status.phase in ENDED:
        node.ended += 1
        return
    _note_daemon(inventory, node, pod)
    if not addresses:
        node.waiting += 1
        _judge_wait(inventory, pod, name)
    elif pod.spec.host_network:
        node.host_pods += 1
        if node.listed and not set(addresses) <= set(node.addresses):
            node.misplaced += 1
            inventory.host_pods_elsewhere.add(
                lambda: f"{name} has {_join(addresses)}, its node {node.name} {_join(node.addresses)}"
            )
    elif not node.virtual:
        node.subnet_pods += 1
        _judge_place(inventory, node, name, addresses)


def _judge_place(inventory: Inventory, node: NodeFacts, name: str, addresses: list[Ip]) -> None:
    if inventory.subnets is None:
        return
    where = inventory.subnets.of(node.pool)
    if not is_within(addresses, where.pod):
        node.misplaced += 1
        inventory.pods_elsewhere.add(
            lambda: f"{name} on {node.name} has {_join(addresses)}{_should_be(node, where, addresses)}"
        )


def _should_be(node: NodeFacts, where: PoolSubnets, addresses: list[Ip]) -> str:
    pool = f"of pool {node.pool}" if node.pool else "of any pool"
    if not where.pod:
        return f", and the pod subnet {pool} is none"
    in_node_subnet = " (in the node subnet)" if is_within(addresses, where.node) else ""
    return f"{in_node_subnet}, the pod subnet {pool} is {_join(where.pod)}"


def _judge_wait(inventory: Inventory, pod: Pod, name: str) -> None:
    created = pod.metadata.creation_timestamp
    if pod.metadata.deletion_timestamp or not created or inventory.now - created <= PATIENCE:
        return
    minutes = int((inventory.now - created).total_seconds() // 60)

    def words() -> str:
        wrong = [c for c in pod.status.conditions or () if c.status == "False" and c.message]
        why = f": {wrong[0].message}" if wrong else ""
        where = f"on {pod.spec.node_name}" if pod.spec.node_name else "on no node"
        return f"{name} {where} for {minutes} min{why}"

    inventory.without_address.add(words)


def _note_daemon(inventory: Inventory, node: NodeFacts, pod: Pod) -> None:
    if pod.metadata.namespace not in SYSTEM_NAMESPACES:
        return
    for owner in pod.metadata.owner_references or ():
        if owner.kind == "DaemonSet" and owner.name in DAEMONS:
            inventory.daemons_seen.add(owner.name)
            if is_true(pod.status.conditions, "Ready") and not pod.metadata.deletion_timestamp:
                node.daemons.add(owner.name)


def _ip(text: str, whose: str) -> Ip:
    try:
        return ip_address(text)
    except ValueError:
        raise Unanswered(f"the address of {whose} is malformed: {text!r}") from None


def _join(items: Iterable[object]) -> str:
    return " and ".join(map(str, items)) or "none"
