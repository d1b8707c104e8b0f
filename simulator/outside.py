"""What Azure Resource Manager says of the simulated cloud: the same resources, in its shapes instead of Terraform's."""

from simulator import aks
from simulator.arm import ROLE
from simulator.arm_objects import ManagedCluster, Pool, Subnet, assignment_as_arm
from simulator.cloud import Resource, World
from simulator.roles import BUILT_IN, Role
from simulator.values import Json, Object, objects, strings

_SUBNET = "azurerm_subnet"
_SECURITY_GROUP_OF = "azurerm_subnet_network_security_group_association"
_REGISTRATION = "azurerm_resource_provider_registration"


class Outside:
    """The cloud at one moment, as ARM answers for it."""

    def __init__(self, world: World) -> None:
        self._world = world

    def resource(self, id_: str) -> Json | None:
        """A resource: clusters and subnets in full, of all others that they exist."""
        found = self._world.resources.get(id_.lower())
        if found is None:
            return None
        if found.type == aks.CLUSTER:
            return self._cluster(found).as_arm()
        if found.type == _SUBNET:
            return self._subnet(found).as_arm()
        return {"id": found.id, "name": found.id.rsplit("/", 1)[-1], "properties": {}}

    def assignments(self, scope: str, principal: str) -> list[Json]:
        """Roles that the principal holds at the scope or above it."""
        return [
            assignment_as_arm(
                each.id,
                scope=str(each.attributes["scope"]),
                principal=principal,
                definition=str(each.attributes["role_definition_id"]),
            )
            for each in self._world.of_type(ROLE)
            if each.attributes["principal_id"] == principal
            and f"{scope}/".lower().startswith(f"{each.attributes['scope']}/".lower())
        ]

    def role(self, definition: str) -> Role | None:
        """A role of Azure's own; of any other that somebody was given it has the name, and no action is known."""
        if definition in BUILT_IN:
            return BUILT_IN[definition]
        for each in self._world.of_type(ROLE):
            if str(each.attributes["role_definition_id"]).endswith(f"/{definition}"):
                return Role(name=str(each.attributes["role_definition_name"]))
        return None

    def feature(self, namespace: str, name: str) -> str:
        """State of a preview feature: as Terraform registered it, or else not."""
        features = [
            feature
            for each in self._world.of_type(_REGISTRATION)
            if each.attributes["name"] == namespace
            for feature in objects(each.attributes["feature"])
        ]
        registered = any(each["name"] == name and each["registered"] for each in features)
        return "Registered" if registered else "NotRegistered"

    def kubeconfig(self, cluster_id: str) -> str | None:
        """Credentials of a cluster's user."""
        found = self._world.resources.get(cluster_id.lower())
        return str(found.attributes["kube_config_raw"]) if found and found.type == aks.CLUSTER else None

    def _cluster(self, cluster: Resource) -> ManagedCluster:
        attributes = cluster.attributes
        added = [r.attributes for r in self._world.under(cluster.id).values() if r.type == aks.POOL]
        (profile,) = objects(attributes["network_profile"]) or [{}]
        return ManagedCluster(
            id=cluster.id,
            location=str(attributes["location"]),
            identities={
                each.id: {
                    "principalId": each.attributes["principal_id"],
                    "clientId": each.attributes["client_id"],
                }
                for each in aks.identities(self._world, cluster)
            },
            node_resource_group=str(attributes["node_resource_group"]),
            pools=[_pool(each) for each in [*objects(attributes["default_node_pool"]), *added]],
            policy=_text(profile.get("network_policy")),
            dataplane=_text(profile.get("network_data_plane")) or "azure",
        )

    def _subnet(self, subnet: Resource) -> Subnet:
        services = [
            str(service["name"])
            for delegation in objects(subnet.attributes["delegation"])
            for service in objects(delegation["service_delegation"])
        ]
        groups = [
            str(each.attributes["network_security_group_id"])
            for each in self._world.of_type(_SECURITY_GROUP_OF)
            if str(each.attributes["subnet_id"]).lower() == subnet.id.lower()
        ]
        return Subnet(
            id=subnet.id,
            ranges=list(strings(subnet.attributes["address_prefixes"])),
            delegated_to=next(iter(services), None),
            security_group=next(iter(groups), None),
        )


def _pool(attributes: Object) -> Pool:
    planned = aks.pool_of(attributes)
    surge = [_text(settings["max_surge"]) for settings in objects(attributes["upgrade_settings"])]
    most, pods = attributes["max_count"], attributes["max_pods"]
    return Pool(
        name=planned.name,
        count=planned.nodes,
        max_count=most if isinstance(most, int) else None,
        max_pods=pods if isinstance(pods, int) else 110,
        max_surge=next(filter(None, surge), "10%"),
        node_subnet=planned.node_subnet or None,
        pod_subnet=planned.pod_subnet or None,
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
