"""The parts of Azure's resources that verify reads, in the shapes of Azure Resource Manager.

Sources: learn.microsoft.com/rest/api followed by aks/managed-clusters/get, virtualnetwork/subnets/get,
authorization/role-assignments/list-for-scope, authorization/role-definitions/get-by-id, resources/features/get.
"""

from fnmatch import fnmatchcase
from ipaddress import IPv4Network, IPv6Network
from typing import Annotated

from pydantic import Base64Str, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

Network = IPv4Network | IPv6Network
AKS_SERVICE = "Microsoft.ContainerService/managedClusters"


class Resource(BaseModel):
    """Reads Azure's camelCase names; what is absent may also be null there."""

    model_config = ConfigDict(alias_generator=to_camel, frozen=True)


class UpgradeSettings(Resource):
    """How a pool is upgraded."""

    max_surge: Annotated[str, Field(pattern=r"^\d+%?$")] | None = None


class NodePool(Resource):
    """A node pool (agentPoolProfiles)."""

    name: str
    count: int = 0
    max_count: int | None = None
    enable_auto_scaling: bool | None = None
    max_pods: int | None = None
    vnet_subnet_id: str | None = Field(default=None, alias="vnetSubnetID")
    pod_subnet_id: str | None = Field(default=None, alias="podSubnetID")
    upgrade_settings: UpgradeSettings | None = None

    @property
    def most_nodes(self) -> int:
        """Nodes the pool can have outside an upgrade."""
        return max(self.count, self.max_count or 0) if self.enable_auto_scaling else self.count

    @property
    def surge_nodes(self) -> int:
        """Nodes more while it is upgraded; AKS rounds a share up and takes 1 when nothing is set.

        Source: https://learn.microsoft.com/azure/aks/upgrade-aks-node-pools-rolling.
        """
        surge = (self.upgrade_settings and self.upgrade_settings.max_surge) or "1"
        if surge.endswith("%"):
            return -(-self.most_nodes * int(surge[:-1]) // 100)
        return int(surge)


class UserAssignedIdentity(Resource):
    """An identity the cluster runs as."""

    principal_id: str | None = None


class Identity(Resource):
    """What the cluster runs as."""

    principal_id: str | None = None
    user_assigned_identities: dict[str, UserAssignedIdentity | None] | None = None


class NetworkProfile(Resource):
    """How the cluster's network was asked to be."""

    network_policy: str | None = None
    network_dataplane: str | None = None


class ClusterProperties(Resource):
    """Properties of the managed cluster."""

    node_resource_group: str = ""
    agent_pool_profiles: list[NodePool] | None = None
    network_profile: NetworkProfile = NetworkProfile()


class ManagedCluster(Resource):
    """The cluster as Azure knows it."""

    id: str
    identity: Identity | None = None
    properties: ClusterProperties

    @property
    def pools(self) -> list[NodePool]:
        """Every node pool."""
        return self.properties.agent_pool_profiles or []


class Delegation(Resource):
    """A service that may put its own interfaces into a subnet."""

    class Properties(Resource):
        """Properties of the delegation."""

        service_name: str | None = None

    properties: Properties = Properties()


class Reference(Resource):
    """Another resource."""

    id: str


class SubnetProperties(Resource):
    """Properties of a subnet; Azure uses the plural only when there are several ranges."""

    address_prefix: Network | None = None
    address_prefixes: list[Network] | None = None
    delegations: list[Delegation] | None = None
    network_security_group: Reference | None = None


class Subnet(Resource):
    """A subnet."""

    id: str
    properties: SubnetProperties

    @property
    def ranges(self) -> tuple[Network, ...]:
        """Its address ranges."""
        properties = self.properties
        prefixes = properties.address_prefixes or [properties.address_prefix]
        return tuple(prefix for prefix in prefixes if prefix)

    @property
    def delegated_to(self) -> list[str]:
        """Services it is delegated to."""
        return [d.properties.service_name or "" for d in self.properties.delegations or ()]


class RoleAssignment(Resource):
    """A role that somebody holds somewhere."""

    class Properties(Resource):
        """Properties of the assignment."""

        scope: str
        role_definition_id: str

    properties: Properties


class Permission(Resource):
    """Actions that a role allows; each may have wildcards."""

    actions: list[str] | None = None
    not_actions: list[str] | None = None

    def allows(self, action: str) -> bool:
        """Whether it allows the action; Azure does not look at upper and lower case."""

        def matches(patterns: list[str] | None) -> bool:
            return any(fnmatchcase(action.lower(), pattern.lower()) for pattern in patterns or ())

        return matches(self.actions) and not matches(self.not_actions)


class RoleDefinition(Resource):
    """A role."""

    class Properties(Resource):
        """Properties of the role."""

        role_name: str
        permissions: list[Permission] | None = None

    properties: Properties

    def allows(self, *actions: str) -> bool:
        """Whether it allows every one of the actions."""
        permissions = self.properties.permissions or ()
        return all(any(p.allows(action) for p in permissions) for action in actions)


class Feature(Resource):
    """A preview feature."""

    class Properties(Resource):
        """Properties of the feature."""

        state: str

    properties: Properties


class Credentials(Resource):
    """A kubeconfig as Azure hands it out."""

    class KubeConfig(Resource):
        """One kubeconfig, in base64."""

        value: Base64Str = Field(repr=False)

    kubeconfigs: list[KubeConfig]


class Page(Resource):
    """Part of a list of role assignments, the only list verify reads."""

    value: list[RoleAssignment]
    next_link: str | None = None


def same_id(one: str | None, other: str | None) -> bool:
    """Whether two resource ids name the same resource; Azure answers in whatever case it likes."""
    return (one or "").rstrip("/").lower() == (other or "").rstrip("/").lower()


def name_of(resource_id: str | None) -> str:
    """The last part of a resource id, which is what people call it."""
    return (resource_id or "none").rstrip("/").rsplit("/", 1)[-1]
