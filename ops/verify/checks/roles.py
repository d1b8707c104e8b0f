"""The cluster's identity holds the roles it needs, where it needs them, and none wider.

Needed actions: https://learn.microsoft.com/azure/aks/configure-azure-cni (prerequisites).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ops.verify.arm import ManagedCluster, RoleDefinition, name_of, same_id
from ops.verify.azure import Azure
from ops.verify.checks.base import Check, Evidence, failed, held, warned
from ops.verify.facts import Facts
from ops.verify.report import Finding

JOIN_SUBNET = (
    "Microsoft.Network/virtualNetworks/subnets/join/action",
    "Microsoft.Network/virtualNetworks/subnets/read",
)
MANAGE_GROUP = (
    "Microsoft.Compute/virtualMachineScaleSets/write",
    "Microsoft.Network/loadBalancers/write",
    "Microsoft.Network/publicIPAddresses/write",
)
"""A sample of what Contributor allows and AKS does in the node resource group."""
GRANT_ROLES = "Microsoft.Authorization/roleAssignments/write"
VERSION = "2022-04-01"


@dataclass(frozen=True, kw_only=True)
class _Held:
    """A role that the identity holds."""

    role: RoleDefinition
    scope: str

    def __str__(self) -> str:
        return f"{self.role.properties.role_name} at {_scope_in_words(self.scope)}"


def _run(facts: Facts) -> Evidence:
    cluster = facts.cluster()
    azure = facts.access.azure()
    planned = facts.access.deployed().planned
    principals = _principals(cluster)
    subnets = {id_.lower(): id_ for pool in cluster.pools for id_ in (pool.vnet_subnet_id, pool.pod_subnet_id) if id_}
    if planned:
        subnets |= {s.id.lower(): s.id for s in (planned.node_subnet, planned.pod_subnet)}
        identities = (cluster.identity and cluster.identity.user_assigned_identities) or {}
        if not any(same_id(planned.identity_id, used) for used in identities):
            yield failed(
                f"the cluster does not run as {name_of(planned.identity_id)},"
                f" but as {', '.join(map(name_of, identities)) or 'its own identity'}"
            )
    if not principals:
        yield failed("the cluster has no managed identity: there is nothing to give roles to")
        return
    group = cluster.properties.node_resource_group
    node_group = f"/subscriptions/{facts.access.deployed().subscription}/resourceGroups/{group}"
    for principal in principals:
        seen: dict[str, _Held] = {}
        for subnet in subnets.values():
            roles = _roles(azure, subnet, principal, seen)
            yield _judge("Network Contributor", JOIN_SUBNET, roles, f"subnet {name_of(subnet)}")
        roles = _roles(azure, node_group, principal, seen)
        yield _judge("Contributor", MANAGE_GROUP, roles, f"node resource group {name_of(node_group)}")
        yield from _too_wide(seen.values(), [*subnets.values(), node_group])


def _principals(cluster: ManagedCluster) -> list[str]:
    identity = cluster.identity
    if not identity:
        return []
    assigned = (identity.user_assigned_identities or {}).values()
    return [p for p in (identity.principal_id, *(i.principal_id for i in assigned if i)) if p]


def _roles(azure: Azure, scope: str, principal: str, seen: dict[str, _Held]) -> list[_Held]:
    roles: list[_Held] = []
    for assignment in azure.role_assignments(scope, principal):
        properties = assignment.properties
        key = f"{properties.scope}|{properties.role_definition_id}".lower()
        if key not in seen:
            definition = azure.read(properties.role_definition_id, RoleDefinition, version=VERSION)
            seen[key] = _Held(role=definition, scope=properties.scope)
        roles.append(seen[key])
    return roles


def _judge(role: str, actions: tuple[str, ...], roles: list[_Held], where: str) -> Finding:
    for one in roles:
        if one.role.allows(*actions):
            return held(f"{where}: {one}")
    lacking = f"; it has {', '.join(map(str, roles))}" if roles else ""
    return failed(f"{where}: the cluster's identity lacks {role} here or above{lacking}")


def _too_wide(roles: Iterable[_Held], expected: Sequence[str]) -> Iterator[Finding]:
    for one in roles:
        if not any(same_id(one.scope, scope) for scope in expected):
            yield warned(f"{one} is wider than the cluster needs: give it at the subnets instead")
        elif one.role.allows(GRANT_ROLES):
            yield warned(f"{one} lets the cluster grant itself any role: use Network Contributor")


def _scope_in_words(scope: str) -> str:
    parts = scope.strip("/").split("/")
    if parts[0].lower() == "subscriptions":
        kinds = {2: "the subscription", 4: f"resource group {parts[-1]}"}
        if len(parts) in kinds:
            return kinds[len(parts)]
        kind = {"subnets": "subnet", "virtualNetworks": "virtual network"}.get(parts[-2], parts[-2])
        return f"{kind} {parts[-1]}"
    return f"management group {parts[-1]}" if len(parts) > 1 else "the whole tenant"


CHECK = Check(
    name="roles",
    asserts="the cluster's identity holds the roles it needs at both subnets, and none wider",
    run=_run,
)
