"""A cluster as data: what Kubernetes and Azure would say of it, without either.

`ClusterFixture()` is a cluster on which everything holds; a test changes the one thing it is about. The JSON is
what the real APIs send, as far as anything could care.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from simulator.arm_objects import ManagedCluster, Pool, Subnet, assignment_as_arm
from simulator.kubernetes_objects import Deployment, Node, Pod
from simulator.roles import BUILT_IN, CONTRIBUTOR, NETWORK_CONTRIBUTOR, Role
from simulator.values import Json

SUBSCRIPTION = "11111111-2222-3333-4444-555555555555"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-aks"
NODE_GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/MC_rg-aks_aks-demo_eastus2"
NETWORK = f"{GROUP}/providers/Microsoft.Network/virtualNetworks/vnet-aks"
NODE_SUBNET = f"{NETWORK}/subnets/snet-nodes"
POD_SUBNET = f"{NETWORK}/subnets/snet-pods"
SECURITY_GROUP = f"{GROUP}/providers/Microsoft.Network/networkSecurityGroups/nsg-aks"
CLUSTER = f"{GROUP}/providers/Microsoft.ContainerService/managedClusters/aks-demo"
IDENTITY = f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/aks-demo-identity"
PRINCIPAL = "99999999-8888-7777-6666-555555555555"

JOIN_ONLY = "0f0f0f0f-0000-4000-8000-000000000001"
ROLES = BUILT_IN | {
    JOIN_ONLY: Role(
        name="Subnet Joiner",
        actions=(
            "Microsoft.Network/virtualNetworks/subnets/read",
            "Microsoft.Network/virtualNetworks/subnets/join/action",
        ),
    ),
}
"""By definition id; all but the last are Azure's own."""

REALISTIC_PADDING = "x" * 2500
"""Stands for the fields of a pod that nobody here reads: containers, volumes, managed fields."""


@dataclass(kw_only=True)
class NodeFixture(Node):
    """A node of the system pool."""

    pool: str = "system"
    zone: str = "eastus2-1"


@dataclass(kw_only=True)
class PoolFixture(Pool):
    """A pool on the usual subnets."""

    name: str = "system"
    count: int = 3
    node_subnet: str | None = NODE_SUBNET
    pod_subnet: str | None = POD_SUBNET


class ClusterFixture:
    """A healthy cluster of a number of nodes, to be made wrong in one way.

    Args:
        nodes: how many; each has its daemonsets' pods.
        pods_per_node: more pods on each, generated as they are asked for, so that many cost nothing.
    """

    def __init__(self, *, nodes: int = 3, pods_per_node: int = 2) -> None:
        self.pools = [PoolFixture(count=nodes)]
        self.nodes = [
            NodeFixture(
                name=f"aks-system-vmss{n:06d}", addresses=[_address("10.243", n + 4)], zone=f"eastus2-{n % 3 + 1}"
            )
            for n in range(nodes)
        ]
        self.pods = [self.host_pod(node, name) for node in self.nodes for name in ("azure-cns", "kube-proxy")]
        self.pods += [self.host_pod(node, "calico-node", namespace="calico-system") for node in self.nodes]
        self.pods_per_node = pods_per_node
        self.padding = ""
        self.subnets = {
            NODE_SUBNET: Subnet(id=NODE_SUBNET, ranges=["10.243.0.0/16"], security_group=SECURITY_GROUP),
            POD_SUBNET: Subnet(
                id=POD_SUBNET,
                ranges=["10.242.0.0/16"],
                delegated_to="Microsoft.ContainerService/managedClusters",
                security_group=SECURITY_GROUP,
            ),
        }
        self.roles = [
            (NODE_SUBNET, NETWORK_CONTRIBUTOR),
            (POD_SUBNET, NETWORK_CONTRIBUTOR),
            (NODE_GROUP, CONTRIBUTOR),
        ]
        self.identities: dict[str, Json] = {IDENTITY: {"principalId": PRINCIPAL, "clientId": PRINCIPAL}}
        self.policy: str | None = "calico"
        self.preview: str | None = "Registered"
        self.handed_out: str | None = None
        self.batch = 16
        self.has_network_configs = True
        demo = {"app": "hello-kubernetes"}
        self.deployments = [
            Deployment(namespace="kube-system", name="coredns", replicas=2, available=2),
            Deployment(namespace="tigera-operator", name="tigera-operator"),
            Deployment(namespace="hello", name="hello-kubernetes", replicas=3, available=3, labels=demo),
        ]
        self.pods += [
            Pod(
                name=f"hello-kubernetes-7d9c-{n}",
                namespace="hello",
                node=self.nodes[n % nodes].name,
                addresses=[f"10.242.255.{n + 1}"],
                labels=demo,
            )
            for n in range(3)
        ]
        self.demo_page: str | None = f"<h1>Hello</h1><td>{self.pods[-1].name}</td>"
        self.enforces_policy = True
        self.demo_deployed = True

    @staticmethod
    def host_pod(node: NodeFixture, daemonset: str, *, namespace: str = "kube-system") -> Pod:
        return Pod(
            name=f"{daemonset}-{node.name}",
            namespace=namespace,
            node=node.name,
            addresses=list(node.addresses),
            host_network=True,
            daemonset=daemonset,
        )

    def pod(self, name: str) -> Pod:
        """The pod whose name starts so."""
        return next(pod for pod in self.pods if pod.name.startswith(name))

    def all_pods(self) -> Iterator[Pod]:
        """Every pod, the generated ones too."""
        yield from self.pods
        for n, node in enumerate(self.nodes):
            for m in range(self.pods_per_node if not node.virtual else 0):
                yield Pod(
                    name=f"app-{n}-{m}",
                    node=node.name,
                    addresses=[_address("10.242", (n * self.pods_per_node + m) % 65000 + 4)],
                    padding=self.padding,
                )

    # --- as the API server sees it ----------------------------------------------------------------

    def all_nodes(self) -> list[NodeFixture]:
        return self.nodes

    def all_deployments(self) -> list[Deployment]:
        return self.deployments

    def network_configs(self) -> Iterator[Json] | None:
        if not self.has_network_configs:
            return None
        return (node.as_network_config(batch=self.batch) for node in self.nodes if not node.virtual)

    def page_of(self, namespace: str, service: str, port: str) -> str | None:
        return self.demo_page if (namespace, service, port) == ("hello", "hello-kubernetes", "80") else None

    # --- as Azure sees it -----------------------------------------------------------------------

    def resource(self, id_: str) -> Json | None:
        if id_.lower() == CLUSTER.lower():
            return ManagedCluster(
                id=CLUSTER,
                location="eastus2",
                identities=self.identities,
                node_resource_group=NODE_GROUP.rsplit("/", 1)[-1],
                pools=[*self.pools],
                policy=self.policy,
                dataplane="cilium" if self.policy == "cilium" else "azure",
            ).as_arm()
        return next((s.as_arm() for s in self.subnets.values() if s.id.lower() == id_.lower()), None)

    def assignments(self, scope: str, principal: str) -> list[Json]:
        definitions = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions"
        return [
            assignment_as_arm(
                f"{at}/providers/Microsoft.Authorization/roleAssignments/{n}",
                scope=at,
                principal=principal,
                definition=f"{definitions}/{role}",
            )
            for n, (at, role) in enumerate(self.roles)
            if f"{scope}/".lower().startswith(f"{at}/".lower()) or "/managementgroups/" in at.lower()
        ]

    def role(self, definition: str) -> Role | None:
        return ROLES.get(definition)

    def feature(self, namespace: str, name: str) -> str | None:
        return self.preview if (namespace, name) == ("Microsoft.ContainerService", "PodSubnetPreview") else None

    def kubeconfig(self, cluster_id: str) -> str | None:
        return self.handed_out if cluster_id.lower() == CLUSTER.lower() else None

    # --- as the stacks' outputs say -------------------------------------------------------------

    def outputs(self, kubeconfig: str) -> dict[str, dict[str, str]]:
        """Outputs of the two stacks, by the stack's name."""
        aks = {"cluster_id": CLUSTER, "cluster_name": "aks-demo", "kube_config": kubeconfig}
        if self.demo_deployed:
            aks["port_forward_command"] = "kubectl port-forward --namespace hello service/hello-kubernetes 8080:80"
        return {
            "network": {
                "resource_group_name": "rg-aks",
                "node_subnet_id": NODE_SUBNET,
                "node_subnet_range": "10.243.0.0/16",
                "pod_subnet_id": POD_SUBNET,
                "pod_subnet_range": "10.242.0.0/16",
                "identity_id": IDENTITY,
                "identity_principal_id": PRINCIPAL,
            },
            "aks": aks,
        }

    def terraform_output(self, stack: str, kubeconfig: str) -> str:
        """What `terraform output -json` prints in a stack's folder."""
        outputs = self.outputs(kubeconfig)[stack]
        return json.dumps({name: {"sensitive": False, "type": "string", "value": v} for name, v in outputs.items()})


def _address(prefix: str, n: int) -> str:
    return f"{prefix}.{n >> 8}.{n & 255}"
