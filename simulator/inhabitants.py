"""What is in one simulated cluster, as its API server tells it."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from simulator import aks
from simulator.kubernetes_objects import Deployment, Node, Pod
from simulator.values import Json


@dataclass
class Inhabitants:
    """Nodes, pods and the rest of one cluster.

    Attributes:
        pod_subnets: where the pods of each node get their addresses, by the node's name.
        services: of its releases.
    """

    nodes: list[Node] = field(default_factory=list[Node])
    pods: list[Pod] = field(default_factory=list[Pod])
    deployments: list[Deployment] = field(default_factory=list[Deployment])
    pod_subnets: dict[str, str] = field(default_factory=dict[str, str])
    services: list[Json] = field(default_factory=list[Json])

    def all_nodes(self) -> Iterable[Node]:
        """Every node."""
        return self.nodes

    def all_pods(self) -> Iterable[Pod]:
        """Every pod."""
        return self.pods

    def all_deployments(self) -> Iterable[Deployment]:
        """Every deployment."""
        return self.deployments

    def network_configs(self) -> Iterable[Json]:
        """Addresses that each node holds for its pods, where it takes them from a pod subnet."""
        held = [node for node in self.nodes if self.pod_subnets[node.name]]
        return [node.as_network_config(batch=aks.BATCH) for node in held]

    def page_of(self, namespace: str, service: str, port: str) -> str | None:
        """A page that names the pod behind a service, as the demo's own does."""
        for each in self.services:
            metadata, spec = each["metadata"], each["spec"]
            ports = {str(p[key]) for p in spec["ports"] for key in ("port", "name") if key in p}
            if (metadata["namespace"], metadata["name"]) != (namespace, service) or port not in ports:
                continue
            for pod in self.pods:
                behind = spec["selector"].items() <= pod.labels.items()
                if pod.namespace == namespace and behind and pod.ready:
                    return f"<p>A simulated answer of pod {pod.name} on node {pod.node}</p>\n"
        return None
