"""What a cluster is made of, as data, in the shapes that Azure Resource Manager gives it.

As much of each as anything here reads. They can be changed, so that a test can make one thing wrong in a cluster that
is right.
"""

from dataclasses import dataclass

from simulator.values import Json


@dataclass(kw_only=True)
class Pool:
    """A node pool; `max_count` is there where it scales by itself."""

    name: str
    count: int
    max_count: int | None = None
    max_pods: int = 110
    max_surge: str = "10%"
    node_subnet: str | None
    pod_subnet: str | None

    def as_arm(self) -> Json:
        """The pool among its cluster's."""
        return {
            "name": self.name,
            "count": self.count,
            "enableAutoScaling": self.max_count is not None,
            "maxCount": self.max_count,
            "maxPods": self.max_pods,
            "vnetSubnetID": self.node_subnet,
            "podSubnetID": self.pod_subnet,
            "upgradeSettings": {"maxSurge": self.max_surge},
        }


@dataclass(kw_only=True)
class Subnet:
    """A subnet.

    Attributes:
        delegated_to: a service.
        security_group: id of one.
    """

    id: str
    ranges: list[str]
    delegated_to: str | None = None
    security_group: str | None = None

    def as_arm(self) -> Json:
        """The subnet; one range has another name there than several."""
        properties: Json = {"provisioningState": "Succeeded", "delegations": []}
        if len(self.ranges) == 1:
            properties["addressPrefix"] = self.ranges[0]
        else:
            properties["addressPrefixes"] = self.ranges
        if self.delegated_to:
            properties["delegations"] = [{"name": "aks", "properties": {"serviceName": self.delegated_to}}]
        if self.security_group:
            properties["networkSecurityGroup"] = {"id": self.security_group}
        return {"id": self.id, "name": self.id.rsplit("/", 1)[-1], "properties": properties}


@dataclass(kw_only=True)
class ManagedCluster:
    """A cluster; `identities` has the principal and client id of each, by its ARM id."""

    id: str
    location: str
    identities: dict[str, Json]
    node_resource_group: str
    pools: list[Pool]
    policy: str | None
    dataplane: str = "azure"

    def as_arm(self) -> Json:
        """The cluster with its pools."""
        return {
            "id": self.id,
            "name": self.id.rsplit("/", 1)[-1],
            "location": self.location,
            "identity": {"type": "UserAssigned", "userAssignedIdentities": self.identities},
            "properties": {
                "provisioningState": "Succeeded",
                "nodeResourceGroup": self.node_resource_group,
                "agentPoolProfiles": [pool.as_arm() for pool in self.pools],
                "networkProfile": {
                    "networkPlugin": "azure",
                    "networkPolicy": self.policy,
                    "networkDataplane": self.dataplane,
                },
            },
        }


def assignment_as_arm(id_: str, *, scope: str, principal: str, definition: str) -> Json:
    """A role that a principal holds at a scope."""
    properties = {"scope": scope, "principalId": principal, "roleDefinitionId": definition}
    return {"id": id_, "properties": properties}
