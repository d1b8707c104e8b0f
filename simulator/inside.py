"""What runs in a simulated cluster: nodes, the pods of the system and of its releases, and all of their addresses.

All of it follows from what Terraform made (pools, subnets, the network policy, releases) and from what AKS is known to
run on it; nothing here starts or fails. Nodes take their pods' addresses in batches, the first one each, then more
where the pods are more than fit.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from hashlib import sha256
from itertools import cycle
from typing import cast

from simulator import aks
from simulator.addresses import Addresses
from simulator.cloud import Resource, World
from simulator.cluster import key_of
from simulator.inhabitants import Inhabitants
from simulator.kubernetes_objects import Deployment, Node, Pod
from simulator.values import Json, Object, objects, strings

DAEMONSETS = {
    "calico": (("calico-system", "calico-node"), ("kube-system", "kube-proxy")),
    "azure": (("kube-system", "azure-npm"), ("kube-system", "kube-proxy")),
    "cilium": (("kube-system", "cilium"),),
}
"""What runs on every Linux node besides azure-cns, by the NetworkPolicy engine; Cilium replaces kube-proxy."""

_WITHOUT_POLICY = (("kube-system", "kube-proxy"),)
_COREDNS = {"k8s-app": "kube-dns"}
_TIGERA = {"name": "tigera-operator"}


def look_inside(world: World) -> dict[str, Inhabitants]:
    """Everything in every cluster, by the cluster's id in lower case."""
    addresses = Addresses(world)
    clusters = {key: _populated(world, r, addresses) for key, r in world.resources.items() if r.type == aks.CLUSTER}
    _give_addresses(clusters.values(), addresses)
    for cluster in clusters.values():
        for pod in cluster.pods:
            if moved := world.moved.get(f"{pod.namespace}/{pod.name}"):
                pod.addresses = [moved]
        for deployment in cluster.deployments:
            deployment.available = sum(pod.ready for pod in _pods_of(deployment, cluster))
    return clusters


def _populated(world: World, resource: Resource, addresses: Addresses) -> Inhabitants:
    cluster = Inhabitants()
    defaults = objects(resource.attributes["default_node_pool"])
    added = [r.attributes for r in world.under(resource.id).values() if r.type == aks.POOL]
    for pool in [*defaults, *added]:
        for node in _nodes(resource, pool, addresses):
            cluster.nodes.append(node)
            cluster.pod_subnets[node.name] = aks.pool_of(pool).pod_subnet
    linux = [node for node in cluster.nodes if node.os == "linux"]
    policy = next((str(profile["network_policy"]) for profile in objects(resource.attributes["network_profile"])), "")
    for node in linux:
        cluster.pods += _daemons(node, policy)
    system = [node for node in linux if node.pool == defaults[0]["name"]]
    _run(cluster, Deployment(namespace="kube-system", name="coredns", replicas=2, labels=_COREDNS), system)
    if policy == "calico":
        operator = Deployment(namespace="tigera-operator", name="tigera-operator", labels=_TIGERA)
        _run(cluster, operator, system, host_network=True)
    for key in world.under(resource.id):
        for manifest in world.manifests.get(key, []):
            _install(cluster, cast("Json", manifest), linux)
    return cluster


def _nodes(cluster: Resource, pool: Object, addresses: Addresses) -> Iterator[Node]:
    planned = aks.pool_of(pool)
    zones = list(strings(pool["zones"]))
    windows = pool.get("os_type") == "Windows"
    scale_set = f"aks-{planned.name}-{int(key_of(cluster.id)[:6], 16):08d}-vmss"
    for n in range(planned.nodes):
        yield Node(
            name=f"{scale_set}{n:06d}",
            addresses=addresses.take(planned.node_subnet, 1),
            pool=planned.name,
            os="windows" if windows else "linux",
            zone=f"{cluster.attributes['location']}-{zones[n % len(zones)]}" if zones else "",
            version=f"v{cluster.attributes['current_kubernetes_version']}-simulated",
        )


def _daemons(node: Node, policy: str) -> Iterator[Pod]:
    for namespace, name in (("kube-system", "azure-cns"), *DAEMONSETS.get(policy, _WITHOUT_POLICY)):
        yield Pod(
            name=f"{name}-{_suffix(name, node.name)}",
            namespace=namespace,
            node=node.name,
            addresses=[*node.addresses],
            host_network=True,
            daemonset=name,
            labels={"k8s-app": name},
        )


def _install(cluster: Inhabitants, manifest: Json, nodes: list[Node]) -> None:
    """Take an object of a release into the cluster; kinds that nobody asks for are left out."""
    if manifest["kind"] == "Service":
        cluster.services.append(manifest)
    if manifest["kind"] == "Deployment":
        metadata, spec = manifest["metadata"], manifest["spec"]
        template = spec["template"]
        containers = [{"name": c["name"], "image": c["image"]} for c in template["spec"]["containers"]]
        deployment = Deployment(
            namespace=metadata["namespace"],
            name=metadata["name"],
            replicas=spec["replicas"],
            labels=template["metadata"]["labels"],
            containers=containers,
        )
        _run(cluster, deployment, nodes)


def _run(cluster: Inhabitants, deployment: Deployment, nodes: list[Node], *, host_network: bool = False) -> None:
    """Spread the pods of a deployment over nodes; their addresses come later, when all pods are known."""
    cluster.deployments.append(deployment)
    hash_ = _suffix(deployment.namespace, deployment.name, length=9)
    for n, node in zip(range(deployment.replicas), cycle(nodes), strict=False):
        cluster.pods.append(
            Pod(
                name=f"{deployment.name}-{hash_}-{_suffix(deployment.name, str(n))}",
                namespace=deployment.namespace,
                node=node.name,
                addresses=[*node.addresses] if host_network else [],
                host_network=host_network,
                labels=deployment.labels,
                containers=deployment.containers,
            )
        )


def _pods_of(deployment: Deployment, cluster: Inhabitants) -> Iterator[Pod]:
    for pod in cluster.pods:
        if pod.namespace == deployment.namespace and deployment.labels.items() <= pod.labels.items():
            yield pod


def _give_addresses(clusters: Iterable[Inhabitants], addresses: Addresses) -> None:
    """Give every pod that wants one of its own an address out of what its node holds."""
    held: dict[str, list[str]] = defaultdict(list)
    wanting = [(cluster, node) for cluster in clusters for node in cluster.nodes if cluster.pod_subnets[node.name]]
    batches = 0
    while wanting:
        batches += 1
        for cluster, node in wanting:
            held[node.name] += addresses.take(cluster.pod_subnets[node.name], aks.BATCH)
            node.requested, node.assigned = batches * aks.BATCH, len(held[node.name])
            node.subnet_full = node.assigned < node.requested
        wanting = [(c, n) for c, n in wanting if n.requested < len(_own(c, n)) + aks.FREE]
    for cluster in clusters:
        for node in cluster.nodes:
            for pod in _own(cluster, node):
                own = held[node.name]
                pod.addresses = [own.pop(0)] if own else []
                pod.ready = bool(pod.addresses)
                pod.phase = "Running" if pod.ready else "Pending"


def _own(cluster: Inhabitants, node: Node) -> list[Pod]:
    return [pod for pod in cluster.pods if pod.node == node.name and not pod.host_network]


def _suffix(*seed: str, length: int = 5) -> str:
    return sha256("/".join(seed).encode()).hexdigest()[:length]
