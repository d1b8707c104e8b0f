"""A cluster as data: what Kubernetes and Azure would say of it, without either.

`ClusterFixture()` is a cluster on which everything holds; a test changes the one thing it is about. The JSON is
what the real APIs send, as far as anything could care.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

Json = dict[str, Any]

SUBSCRIPTION = "11111111-2222-3333-4444-555555555555"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-aks"
NODE_GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/MC_rg-aks_aks-demo_eastus2"
NETWORK = f"{GROUP}/providers/Microsoft.Network/virtualNetworks/vnet-aks"
NODE_SUBNET = f"{NETWORK}/subnets/snet-nodes"
POD_SUBNET = f"{NETWORK}/subnets/snet-pods"
CLUSTER = f"{GROUP}/providers/Microsoft.ContainerService/managedClusters/aks-demo"
IDENTITY = f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/aks-demo-identity"
PRINCIPAL = "99999999-8888-7777-6666-555555555555"

NETWORK_CONTRIBUTOR = "4d97b98b-1d4f-4787-a291-c67834d212e7"
CONTRIBUTOR = "b24988ac-6180-42a0-ab88-20f7382dd24c"
OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
JOIN_ONLY = "0f0f0f0f-0000-4000-8000-000000000001"
ROLES: dict[str, tuple[str, list[str], list[str]]] = {
    NETWORK_CONTRIBUTOR: (
        "Network Contributor",
        ["Microsoft.Authorization/*/read", "Microsoft.Network/*", "Microsoft.Resources/deployments/*"],
        [],
    ),
    CONTRIBUTOR: ("Contributor", ["*"], ["Microsoft.Authorization/*/Write", "Microsoft.Authorization/*/Delete"]),
    OWNER: ("Owner", ["*"], []),
    READER: ("Reader", ["*/read"], []),
    JOIN_ONLY: (
        "Subnet Joiner",
        [
            "Microsoft.Network/virtualNetworks/subnets/read",
            "Microsoft.Network/virtualNetworks/subnets/join/action",
        ],
        [],
    ),
}
"""Names, actions and excluded actions of the roles, by definition id; all but the last are Azure's own."""

UID = "5f5f5f5f-0000-4000-8000-000000000002"
REALISTIC_PADDING = "x" * 2500
"""Stands for the fields of a pod that nobody here reads: containers, volumes, managed fields."""


@dataclass(kw_only=True)
class NodeFixture:
    """A node."""

    name: str
    addresses: list[str]
    pool: str = "system"
    os: str = "linux"
    zone: str = "eastus2-1"
    ready: bool = True
    virtual: bool = False
    requested: int = 16
    assigned: int = 16
    subnet_full: bool = False
    blocks: list[str] = field(default_factory=list[str])

    def as_kubernetes(self) -> Json:
        labels = {
            "kubernetes.io/os": self.os,
            "kubernetes.azure.com/agentpool": self.pool,
            "topology.kubernetes.io/zone": self.zone,
        }
        if self.virtual:
            labels["type"] = "virtual-kubelet"
        return {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": self.name, "labels": labels},
            "status": {
                "addresses": [
                    *({"type": "InternalIP", "address": address} for address in self.addresses),
                    {"type": "Hostname", "address": self.name},
                ],
                "conditions": [{"type": "Ready", "status": str(self.ready)}],
            },
        }

    def as_network_config(self, *, batch: int) -> Json:
        container: Json = {
            "assignmentMode": "dynamic",
            "type": "vnet",
            "status": "NCUpdateSubnetFullError" if self.subnet_full else "NCUpdateSuccess",
        }
        if self.blocks:
            first, *others = self.blocks
            assignments = [{"name": UID, "ip": block} for block in others]
            container |= {"assignmentMode": "static", "type": "vnetblock"}
            container |= {"primaryIP": first, "ipAssignments": assignments}
        return {
            "metadata": {"name": self.name, "namespace": "kube-system"},
            "spec": {"requestedIPCount": self.requested},
            "status": {
                "assignedIPCount": self.assigned,
                "scaler": {"batchSize": batch, "requestThresholdPercent": 50, "releaseThresholdPercent": 150},
                "networkContainers": [container],
            },
        }


@dataclass(kw_only=True)
class PodFixture:
    """A pod."""

    name: str
    node: str | None
    addresses: list[str]
    namespace: str = "default"
    host_network: bool = False
    phase: str = "Running"
    ready: bool = True
    age: timedelta = timedelta(hours=1)
    daemonset: str = ""
    labels: dict[str, str] = field(default_factory=dict[str, str])
    message: str = ""
    padding: str = ""

    def as_kubernetes(self) -> Json:
        created = datetime.now(UTC) - self.age
        metadata: Json = {
            "name": self.name,
            "namespace": self.namespace,
            "labels": self.labels,
            "creationTimestamp": created.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        if self.daemonset:
            owner = {"apiVersion": "apps/v1", "kind": "DaemonSet", "name": self.daemonset, "uid": UID}
            metadata["ownerReferences"] = [owner]
        if self.padding:
            metadata["managedFields"] = [{"manager": "kubelet", "fieldsV1": {"f:metadata": self.padding}}]
        status: Json = {
            "phase": self.phase,
            "conditions": [{"type": "Ready", "status": str(self.ready)}],
        }
        if self.message:
            status["conditions"].append({"type": "PodScheduled", "status": "False", "message": self.message})
        if self.addresses:
            status["podIP"] = self.addresses[0]
            status["podIPs"] = [{"ip": address} for address in self.addresses]
        spec: Json = {"containers": [{"name": "main", "image": "registry.example/main:1"}]}
        if self.node:
            spec["nodeName"] = self.node
        if self.host_network:
            spec["hostNetwork"] = True
        return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec, "status": status}


@dataclass(kw_only=True)
class PoolFixture:
    """A node pool as Azure knows it."""

    name: str = "system"
    count: int = 3
    max_count: int | None = None
    max_pods: int = 110
    node_subnet: str = NODE_SUBNET
    pod_subnet: str | None = POD_SUBNET

    def as_arm(self) -> Json:
        return {
            "name": self.name,
            "count": self.count,
            "enableAutoScaling": self.max_count is not None,
            "maxCount": self.max_count,
            "maxPods": self.max_pods,
            "vnetSubnetID": self.node_subnet,
            "podSubnetID": self.pod_subnet,
            "upgradeSettings": {"maxSurge": "10%"},
        }


@dataclass(kw_only=True)
class SubnetFixture:
    """A subnet as Azure knows it."""

    id: str
    ranges: list[str]
    delegated_to: str | None = None
    security_group: bool = True

    def as_arm(self) -> Json:
        properties: Json = {"provisioningState": "Succeeded", "delegations": []}
        if len(self.ranges) == 1:
            properties["addressPrefix"] = self.ranges[0]
        else:
            properties["addressPrefixes"] = self.ranges
        if self.delegated_to:
            properties["delegations"] = [{"name": "aks", "properties": {"serviceName": self.delegated_to}}]
        if self.security_group:
            group = f"{GROUP}/providers/Microsoft.Network/networkSecurityGroups/nsg-{self.id.rsplit('/', 1)[-1]}"
            properties["networkSecurityGroup"] = {"id": group}
        return {"id": self.id, "name": self.id.rsplit("/", 1)[-1], "properties": properties}


@dataclass(kw_only=True)
class DeploymentFixture:
    """A deployment."""

    namespace: str
    name: str
    replicas: int = 1
    available: int = 1
    labels: dict[str, str] = field(default_factory=dict[str, str])

    def as_kubernetes(self) -> Json:
        template = {"metadata": {"labels": self.labels}, "spec": {"containers": [{"name": "main"}]}}
        return {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": self.name, "namespace": self.namespace},
            "spec": {"replicas": self.replicas, "selector": {"matchLabels": self.labels}, "template": template},
            "status": {"availableReplicas": self.available} if self.available else {},
        }


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
            NODE_SUBNET: SubnetFixture(id=NODE_SUBNET, ranges=["10.243.0.0/16"]),
            POD_SUBNET: SubnetFixture(
                id=POD_SUBNET, ranges=["10.242.0.0/16"], delegated_to="Microsoft.ContainerService/managedClusters"
            ),
        }
        self.roles = [
            (NODE_SUBNET, NETWORK_CONTRIBUTOR),
            (POD_SUBNET, NETWORK_CONTRIBUTOR),
            (NODE_GROUP, CONTRIBUTOR),
        ]
        self.identities: dict[str, Json] = {IDENTITY: {"principalId": PRINCIPAL, "clientId": PRINCIPAL}}
        self.policy: str | None = "calico"
        self.feature: str | None = "Registered"
        self.batch = 16
        self.has_network_configs = True
        demo = {"app": "hello-kubernetes"}
        self.deployments = [
            DeploymentFixture(namespace="kube-system", name="coredns", replicas=2, available=2),
            DeploymentFixture(namespace="tigera-operator", name="tigera-operator"),
            DeploymentFixture(namespace="hello", name="hello-kubernetes", replicas=3, available=3, labels=demo),
        ]
        self.pods += [
            PodFixture(
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
    def host_pod(node: NodeFixture, daemonset: str, *, namespace: str = "kube-system") -> PodFixture:
        return PodFixture(
            name=f"{daemonset}-{node.name}",
            namespace=namespace,
            node=node.name,
            addresses=list(node.addresses),
            host_network=True,
            daemonset=daemonset,
        )

    def pod(self, name: str) -> PodFixture:
        """The pod whose name starts so."""
        return next(pod for pod in self.pods if pod.name.startswith(name))

    def all_pods(self) -> Iterator[PodFixture]:
        """Every pod, the generated ones too."""
        yield from self.pods
        for n, node in enumerate(self.nodes):
            for m in range(self.pods_per_node if not node.virtual else 0):
                yield PodFixture(
                    name=f"app-{n}-{m}",
                    node=node.name,
                    addresses=[_address("10.242", (n * self.pods_per_node + m) % 65000 + 4)],
                    padding=self.padding,
                )

    # --- as Azure sees it -----------------------------------------------------------------------

    def as_arm(self) -> Json:
        """The managed cluster."""
        return {
            "id": CLUSTER,
            "name": "aks-demo",
            "location": "eastus2",
            "identity": {"type": "UserAssigned", "userAssignedIdentities": self.identities},
            "properties": {
                "provisioningState": "Succeeded",
                "nodeResourceGroup": NODE_GROUP.rsplit("/", 1)[-1],
                "agentPoolProfiles": [pool.as_arm() for pool in self.pools],
                "networkProfile": {
                    "networkPlugin": "azure",
                    "networkPolicy": self.policy,
                    "networkDataplane": "cilium" if self.policy == "cilium" else "azure",
                },
            },
        }

    def roles_at(self, scope: str) -> list[Json]:
        """Assignments at the scope or above it."""
        return [
            {
                "id": f"{at}/providers/Microsoft.Authorization/roleAssignments/{n}",
                "properties": {
                    "scope": at,
                    "principalId": PRINCIPAL,
                    "roleDefinitionId": f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization"
                    f"/roleDefinitions/{role}",
                },
            }
            for n, (at, role) in enumerate(self.roles)
            if f"{scope}/".lower().startswith(f"{at}/".lower()) or "/managementgroups/" in at.lower()
        ]

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
