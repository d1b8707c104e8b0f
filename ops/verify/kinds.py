"""The parts of the Kubernetes objects that verify reads; everything else of an answer is dropped while it is parsed.

NodeNetworkConfig: github.com/Azure/azure-container-networking, crd/nodenetworkconfig/api/v1alpha.
"""

from datetime import datetime
from typing import Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


class Kind(BaseModel):
    """Reads the API's camelCase names; a list that is empty may be absent or null there."""

    model_config = ConfigDict(alias_generator=to_camel, frozen=True)


class Owner(Kind):
    """Who made an object."""

    kind: str
    name: str


class Metadata(Kind):
    """What every object has."""

    name: str
    namespace: str = ""
    labels: dict[str, str] | None = None
    creation_timestamp: datetime | None = None
    deletion_timestamp: datetime | None = None
    owner_references: list[Owner] | None = None


class Condition(Kind):
    """One statement of an object's state."""

    type: str
    status: str
    reason: str | None = None
    message: str | None = None


class Address(Kind):
    """One address of a node."""

    type: str
    address: str


class NodeStatus(Kind):
    """State of a node."""

    addresses: list[Address] | None = None
    conditions: list[Condition] | None = None


class Node(Kind):
    """A machine of the cluster."""

    metadata: Metadata
    status: NodeStatus = NodeStatus()


class PodIp(Kind):
    """One address of a pod; a dual-stack pod has two."""

    ip: str


class PodSpec(Kind):
    """What a pod was asked to be."""

    node_name: str | None = None
    host_network: bool = False


class PodStatus(Kind):
    """State of a pod."""

    phase: str = "Unknown"
    reason: str | None = None
    pod_ip: str | None = Field(default=None, alias="podIP")
    pod_ips: list[PodIp] | None = Field(default=None, alias="podIPs")
    conditions: list[Condition] | None = None


class Pod(Kind):
    """A pod."""

    metadata: Metadata
    spec: PodSpec
    status: PodStatus = PodStatus()


class LabelSelector(Kind):
    """Which pods belong to something."""

    match_labels: dict[str, str] | None = None


class DeploymentSpec(Kind):
    """What a deployment was asked to be."""

    replicas: int = 1
    selector: LabelSelector = LabelSelector()


class DeploymentStatus(Kind):
    """State of a deployment."""

    available_replicas: int = 0


class Deployment(Kind):
    """A deployment."""

    metadata: Metadata
    spec: DeploymentSpec = DeploymentSpec()
    status: DeploymentStatus = DeploymentStatus()


class NetworkConfigSpec(Kind):
    """What the node's agent asks for."""

    requested_ip_count: int = Field(default=0, alias="requestedIPCount")


class Scaler(Kind):
    """How a node takes addresses; zero where the cluster does not say."""

    batch_size: int = 0
    request_threshold_percent: int = 0


class IpAssignment(Kind):
    """One address, or one block of them, that a node holds."""

    ip: str


class NetworkContainer(Kind):
    """Addresses that a node holds from one subnet."""

    assignment_mode: Literal["dynamic", "static"] = "dynamic"
    type: str = "vnet"
    primary_ip: str = Field(default="", alias="primaryIP")
    ip_assignments: list[IpAssignment] | None = None
    status: str = ""


class NetworkConfigStatus(Kind):
    """What the node got."""

    assigned_ip_count: int = Field(default=0, alias="assignedIPCount")
    scaler: Scaler = Scaler()
    network_containers: list[NetworkContainer] | None = None


class NodeNetworkConfig(Kind):
    """The pod addresses of one node; named after it."""

    metadata: Metadata
    spec: NetworkConfigSpec = NetworkConfigSpec()
    status: NetworkConfigStatus = NetworkConfigStatus()


class ListMetadata(Kind):
    """Where a list goes on."""

    continue_: str = Field(default="", alias="continue")


Item = TypeVar("Item", bound=Kind)


class Page(Kind, Generic[Item]):
    """Part of a list."""

    metadata: ListMetadata = ListMetadata()
    items: list[Item] | None


class Failure(Kind):
    """The API's own words for why not: a `Status` object."""

    message: str = ""


def is_true(conditions: list[Condition] | None, type_: str) -> bool:
    """Whether an object states this condition."""
    return any(c.type == type_ and c.status == "True" for c in conditions or ())
