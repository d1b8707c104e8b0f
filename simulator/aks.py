"""What AKS refuses, and what it changes around a cluster.

Each rule was read in learn.microsoft.com or seen with the real service; none of them is in the
provider's schema, so each can only be met in the cloud.
"""

from ipaddress import IPv4Network, ip_network
from math import ceil
from typing import NamedTuple

from simulator.cloud import RefusedError, Resource, World
from simulator.roles import THAT_JOIN_SUBNETS
from simulator.values import Object, Value, objects, strings

CLUSTER = "azurerm_kubernetes_cluster"
POOL = "azurerm_kubernetes_cluster_node_pool"
DELEGATION = "Microsoft.ContainerService/managedClusters"
BATCH = 16
"""Addresses that a node takes for its pods at a time."""
FREE = 8
"""A node with fewer addresses to spare than this takes another batch."""

_RESERVED = 5  # addresses of every subnet that Azure keeps


class Pool(NamedTuple):
    """A node pool's part in address planning."""

    name: str
    nodes: int
    surge: int
    node_subnet: str
    pod_subnet: str


def pool_of(attributes: Object) -> Pool:
    """Read a `default_node_pool` block or a node pool resource."""
    nodes = attributes["node_count"] or attributes["min_count"] or 1
    surge = "10%"
    for settings in objects(attributes["upgrade_settings"]):
        surge = str(settings["max_surge"] or surge)
    count = nodes if isinstance(nodes, int) else 1
    extra = ceil(count * int(surge[:-1]) / 100) if surge.endswith("%") else int(surge)
    subnets = (str(attributes[key] or "") for key in ("vnet_subnet_id", "pod_subnet_id"))
    return Pool(str(attributes["name"]), count, extra, *subnets)


def pools(world: World) -> list[Pool]:
    """Every node pool there is, the default ones first."""
    defaults = [p for c in world.of_type(CLUSTER) for p in objects(c.attributes["default_node_pool"])]
    return [pool_of(each) for each in [*defaults, *(p.attributes for p in world.of_type(POOL))]]


def admit(world: World, resource: Resource) -> None:
    """Let a cluster or a node pool in, and delegate its pod subnet.

    Raises:
        RefusedError: the subnets, ranges, addresses or roles do not allow it.
    """
    if resource.type == CLUSTER:
        _service_range_outside_network(world, resource.attributes)
        (default,) = objects(resource.attributes["default_node_pool"])
        pool = pool_of(default)
        _roles_on_subnets(world, resource, pool)
    else:
        pool = pool_of(resource.attributes)
    if pool.node_subnet:
        _node_subnet_free(world, pool)
    if pool.pod_subnet:
        _pod_subnet_fits(pool)
        _delegate(world, pool)
    for subnet in filter(None, (pool.node_subnet, pool.pod_subnet)):
        _capacity(world, subnet)


def _subnet(world: World, id_: str) -> Resource:
    return world.resources[id_.lower()]


def _prefixes(value: Value) -> list[IPv4Network]:
    found = [ip_network(str(each)) for each in value] if isinstance(value, list) else []
    return [each for each in found if isinstance(each, IPv4Network)]


def _node_subnet_free(world: World, pool: Pool) -> None:
    if _subnet(world, pool.node_subnet).attributes["delegation"]:
        raise RefusedError(
            f"SubnetIsDelegated: agent pool {pool.name}: the node subnet {pool.node_subnet} is "
            "delegated, and nodes cannot be placed in a delegated subnet"
        )


def _pod_subnet_fits(pool: Pool) -> None:
    if pool.pod_subnet.lower() == pool.node_subnet.lower():
        raise RefusedError(f"InvalidParameter: agent pool {pool.name}: node and pod subnet are the same")
    networks = {s.lower().rpartition("/subnets/")[0] for s in (pool.node_subnet, pool.pod_subnet)}
    if len(networks) > 1:
        raise RefusedError(f"InvalidParameter: agent pool {pool.name}: node and pod subnet must be in one network")


def _delegate(world: World, pool: Pool) -> None:
    delegations = _subnet(world, pool.pod_subnet).attributes
    services = [
        service["name"]
        for delegation in objects(delegations["delegation"])
        for service in objects(delegation["service_delegation"])
    ]
    if any(service != DELEGATION for service in services):
        raise RefusedError(
            f"SubnetIsDelegated: agent pool {pool.name}: the pod subnet {pool.pod_subnet} is delegated to {services[0]}"
        )
    if not services:
        action = "Microsoft.Network/virtualNetworks/subnets/join/action"
        service: Object = {"name": DELEGATION, "actions": [action]}
        delegations["delegation"] = [{"name": "aks-delegation", "service_delegation": [service]}]


def _capacity(world: World, subnet: str) -> None:
    here = pools(world)
    needed = sum(p.nodes + p.surge for p in here if p.node_subnet.lower() == subnet.lower())
    needed += sum(BATCH * p.nodes for p in here if p.pod_subnet.lower() == subnet.lower())
    ranges = _prefixes(_subnet(world, subnet).attributes["address_prefixes"])
    available = sum(each.num_addresses - _RESERVED for each in ranges)
    if needed > available:
        raise RefusedError(
            f"InsufficientSubnetSize: pre-allocated IPs {needed} exceed IPs available {available} in subnet {subnet}"
        )


def _service_range_outside_network(world: World, cluster: Object) -> None:
    (default,) = objects(cluster["default_node_pool"])
    network = str(default["vnet_subnet_id"] or "").rpartition("/subnets/")[0]
    asked = [profile["service_cidr"] for profile in objects(cluster["network_profile"])]
    service = ip_network(str(next(filter(None, asked), "10.0.0.0/16")))
    if not network or not isinstance(service, IPv4Network):
        return
    for space in _prefixes(world.resources[network.lower()].attributes["address_space"]):
        if service.overlaps(space):
            raise RefusedError(
                f"ServiceCidrOverlapExistingSubnetsCidr: the service CIDR {service} conflicts with {space} of {network}"
            )


def identities(world: World, cluster: Resource) -> list[Resource]:
    """The identities that a cluster was given; one that it makes for itself is not among them."""
    assigned = [identity["identity_ids"] for identity in objects(cluster.attributes["identity"])]
    return [world.resources[id_.lower()] for id_ in strings(assigned)]


def principals(world: World, cluster: Resource) -> set[str]:
    """Who a cluster acts as."""
    return {str(identity.attributes["principal_id"]) for identity in identities(world, cluster)}


def _roles_on_subnets(world: World, cluster: Resource, pool: Pool) -> None:
    acts_as = principals(world, cluster)
    if not acts_as:
        return  # a system-assigned identity does not exist before its cluster
    for subnet in filter(None, (pool.node_subnet, pool.pod_subnet)):
        if not any(_may_join(role, acts_as, subnet) for role in world.of_type("azurerm_role_assignment")):
            raise RefusedError(
                "LinkedAuthorizationFailed: the cluster's identity "
                f"{', '.join(sorted(acts_as))} does not have permission to perform action "
                f"'Microsoft.Network/virtualNetworks/subnets/join/action' on {subnet}"
            )


def _may_join(role: Resource, principals: set[str], subnet: str) -> bool:
    given = role.attributes
    scope = str(given["scope"]).lower().rstrip("/")
    allows_join = str(given["role_definition_id"]).lower().endswith(THAT_JOIN_SUBNETS)
    return given["principal_id"] in principals and allows_join and f"{subnet.lower()}/".startswith(f"{scope}/")


def keep_delegation(world: World, subnet: Resource, planned: Object) -> None:
    """Refuse to take its delegation from a pod subnet that a node pool uses."""
    used_by = [p.name for p in pools(world) if p.pod_subnet.lower() == subnet.id.lower()]
    if used_by and subnet.attributes["delegation"] and not planned["delegation"]:
        raise RefusedError(
            f"SubnetDelegationsCannotChange: delegations of subnet {subnet.id} cannot be changed "
            f"from [{DELEGATION}] to [] because it is used by agent pool {', '.join(used_by)}"
        )
