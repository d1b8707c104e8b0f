"""What runs in a cluster, as data, in the shapes that its API server gives it.

As much of each object as anything here reads; the tests hold them against Kubernetes' own schemas. They can be
changed, so that a test can make one thing wrong in a cluster that is right.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from simulator.values import Json

UID = "5f5f5f5f-0000-4000-8000-000000000002"


def _image() -> list[Json]:
    return [{"name": "main", "image": "registry.example/main:1"}]


@dataclass(kw_only=True)
class Node:
    """A node.

    Attributes:
        virtual: it is not a machine, but stands for container instances.
        version: of its kubelet.
        requested, assigned: addresses for its pods, wanted and got.
        subnet_full: it wanted more than there were.
        blocks: of addresses, instead of single ones.
    """

    name: str
    addresses: list[str]
    pool: str
    os: str = "linux"
    zone: str = ""
    ready: bool = True
    virtual: bool = False
    version: str = ""
    requested: int = 16
    assigned: int = 16
    subnet_full: bool = False
    blocks: list[str] = field(default_factory=list[str])
    age: timedelta = timedelta(hours=1)

    def as_kubernetes(self) -> Json:
        """The node at the API server."""
        labels = {"kubernetes.io/os": self.os, "kubernetes.azure.com/agentpool": self.pool}
        if self.zone:
            labels["topology.kubernetes.io/zone"] = self.zone
        if self.virtual:
            labels["type"] = "virtual-kubelet"
        return {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": self.name, "labels": labels, "creationTimestamp": _ago(self.age)},
            "status": {
                "addresses": [
                    *({"type": "InternalIP", "address": address} for address in self.addresses),
                    {"type": "Hostname", "address": self.name},
                ],
                "conditions": [{"type": "Ready", "status": str(self.ready)}],
            },
        }

    def as_network_config(self, *, batch: int) -> Json:
        """The addresses it holds for its pods."""
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
            "apiVersion": "acn.azure.com/v1alpha",
            "kind": "NodeNetworkConfig",
            "metadata": {"name": self.name, "namespace": "kube-system"},
            "spec": {"requestedIPCount": self.requested},
            "status": {
                "assignedIPCount": self.assigned,
                "scaler": {"batchSize": batch, "requestThresholdPercent": 50, "releaseThresholdPercent": 150},
                "networkContainers": [container],
            },
        }


@dataclass(kw_only=True)
class Pod:
    """A pod.

    Attributes:
        node: None while it fits on none.
        addresses: none while it waits for one.
        daemonset: the one it belongs to.
        message: why it is on no node.
        padding: stands for the fields that nobody here reads, where their size matters.
    """

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
    containers: list[Json] = field(default_factory=_image)
    message: str = ""
    padding: str = ""

    def as_kubernetes(self) -> Json:
        """The pod at the API server."""
        metadata: Json = {
            "name": self.name,
            "namespace": self.namespace,
            "labels": self.labels,
            "creationTimestamp": _ago(self.age),
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
        spec: Json = {"containers": self.containers}
        if self.node:
            spec["nodeName"] = self.node
        if self.host_network:
            spec["hostNetwork"] = True
        return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec, "status": status}


@dataclass(kw_only=True)
class Deployment:
    """A deployment; `labels` are those of its pods, by which it selects them."""

    namespace: str
    name: str
    replicas: int = 1
    available: int = 1
    labels: dict[str, str] = field(default_factory=dict[str, str])
    containers: list[Json] = field(default_factory=_image)
    age: timedelta = timedelta(hours=1)

    def as_kubernetes(self) -> Json:
        """The deployment at the API server."""
        template = {"metadata": {"labels": self.labels}, "spec": {"containers": self.containers}}
        return {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": self.name, "namespace": self.namespace, "creationTimestamp": _ago(self.age)},
            "spec": {"replicas": self.replicas, "selector": {"matchLabels": self.labels}, "template": template},
            "status": {"availableReplicas": self.available} if self.available else {},
        }


def _ago(age: timedelta) -> str:
    return (datetime.now(UTC) - age).strftime("%Y-%m-%dT%H:%M:%SZ")
