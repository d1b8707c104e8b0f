"""The simulated Azure: what the azurerm provider talks to."""

import os

from simulator import aks, arm, cluster, roles
from simulator.access import Access
from simulator.arm import IDENTITY, NODE_GROUP, ROLE, TENANT, key_of, locate, uuid
from simulator.cloud import Cloud, RefusedError, Resource, World
from simulator.values import Object, conform, empty, mark_computed, objects, settle, strings
from simulator.wire import tfplugin6_pb2 as pb

GROUP = "azurerm_resource_group"
REGISTRATION = "azurerm_resource_provider_registration"
PREVIEW_OF_ANOTHER: Object = {"name": "PreviewOfAnother", "registered": True}
"""A flag that somebody registered in the subscription."""

_DELETABLE_IN_USE = frozenset({IDENTITY})


class Azure:
    """What the simulated azurerm provider talks to.

    Args:
        cloud: what there is.
        access: to the server that answers for the clusters in it.
    """

    def __init__(self, cloud: Cloud, access: Access) -> None:
        self._cloud = cloud
        self._access = access
        self._subscription = ""
        self._guard = True
        self._registers: list[str] = []

    def configure(self, config: Object) -> None:
        """Take the provider's configuration.

        Raises:
            RefusedError: no subscription is named, which version 4 of the provider insists on.
        """
        named = config["subscription_id"] or os.environ.get("ARM_SUBSCRIPTION_ID")
        if not named:
            raise RefusedError(
                "`subscription_id` is a required provider property when performing a plan/apply operation"
            )
        self._subscription = str(named)
        self._registers = list(strings(config["resource_providers_to_register"]))
        for features in objects(config["features"]):
            for group in objects(features["resource_group"]):
                self._guard = group["prevent_deletion_if_contains_resources"] is not False

    def check(self, type_name: str, planned: Object) -> None:
        """Accept every plan: rules of the provider's own code are not simulated."""

    def create(self, type_name: str, block: pb.Schema.Block, planned: Object) -> Object:
        """Make a resource.

        Raises:
            RefusedError: it exists already, or what it needs does not, or AKS refuses it.
        """
        if type_name == ROLE and not isinstance(planned["name"], str):
            name = uuid("".join(strings([planned[k] for k in ("scope", "principal_id", "role_definition_name")])))
            planned = planned | {"name": name}

        def effect(world: World) -> Object:
            parent, id_ = locate(type_name, planned, self._subscription)
            key = key_of(type_name, id_)
            if key in world.resources or key in self._registered():
                raise RefusedError(
                    f'a resource with the ID "{id_}" already exists - to be managed via Terraform '
                    "this resource needs to be imported into the State. Please see the resource "
                    f'documentation for "{type_name}" for more information.'
                )
            arm.parent_exists(world, type_name, id_, parent)
            arm.references_exist(world, id_, planned)
            self._not_registered_by_the_provider(id_)
            if type_name == ROLE:
                arm.principal_exists(world, planned)
            attributes = settle(block, planned, self._told(type_name, id_, planned))
            attributes = self._put(world, block, Resource(type_name, id_, attributes))
            world.log.append(["create", type_name, id_])
            return attributes

        return self._cloud.perform("create", type_name, effect)

    def update(self, type_name: str, block: pb.Schema.Block, prior: Object, planned: Object) -> Object:
        """Change a resource in place.

        Raises:
            RefusedError: it is gone, what it refers to does not exist, or AKS refuses.
        """
        id_ = str(prior["id"])

        def effect(world: World) -> Object:
            before = (self._registered() | world.resources).get(key_of(type_name, id_))
            if before is None:
                raise RefusedError(f"ResourceNotFound: {id_} was not found")
            arm.references_exist(world, id_, planned)
            if type_name == "azurerm_subnet":
                aks.keep_delegation(world, before, planned)
            attributes = settle(block, planned, {})
            attributes = self._put(world, block, Resource(type_name, id_, attributes))
            world.log.append(["update", type_name, id_])
            return attributes

        return self._cloud.perform("update", type_name, effect)

    def delete(self, type_name: str, prior: Object) -> None:
        """Remove a resource and what lives in it.

        Raises:
            RefusedError: something else still uses it, or a guarded resource group is not empty.
        """
        id_ = str(prior["id"])

        def effect(world: World) -> None:
            key = key_of(type_name, id_)
            inside = world.under(key)
            if type_name == GROUP and self._guard:
                arm.group_empty(id_, inside)
            if type_name not in _DELETABLE_IN_USE:
                arm.unused(world, key, id_, inside)
            for gone in filter(None, [world.resources.pop(each, None) for each in (key, *inside)]):
                if gone.type == aks.CLUSTER:
                    node_group = str(gone.attributes["node_resource_group_id"]).lower()
                    for made_by_aks in (node_group, *world.under(node_group)):
                        world.resources.pop(made_by_aks, None)
            world.log.append(["delete", type_name, id_])

        self._cloud.perform("delete", type_name, effect)

    def read(self, type_name: str, state: Object) -> Object | None:
        """A resource's attributes, None if there is no such resource.

        Raises:
            RefusedError: it is a registration that the provider is to make by itself too.
        """
        self._not_registered_by_the_provider(str(state["id"]))
        key = key_of(type_name, str(state["id"]))
        resources = self._registered() | self._cloud.read().resources
        return resources[key].attributes if key in resources else None

    def find(self, _type_name: str, block: pb.Schema.Block, id_: str) -> Object:
        """The least that `read` needs to know of a resource to be imported."""
        return empty(block) | {"id": id_}

    def look_up(self, type_name: str, block: pb.Schema.Block, config: Object) -> Object:
        """Answer a data source: what its resource type of the same name holds, or who is asking.

        Raises:
            RefusedError: there is no such resource.
        """
        told: Object = {"id": f"/subscriptions/{self._subscription}", "tenant_id": TENANT}
        told |= {"subscription_id": self._subscription, "display_name": "simulated"}
        if isinstance(config.get("name"), str):
            _, id_ = locate(type_name, config, self._subscription)
            found = self._cloud.read().resources.get(key_of(type_name, id_))
            if found is None:
                raise RefusedError(f"{id_} was not found")
            told = found.attributes
        return settle(block, mark_computed(block, config), told)

    def _put(self, world: World, block: pb.Schema.Block, resource: Resource) -> Object:
        """Store a resource, as Azure completes it; returns what the provider reads back."""
        world.resources[key_of(resource.type, resource.id)] = resource
        if resource.type in (aks.CLUSTER, aks.POOL):
            cluster.complete(resource)
            resource.attributes.update(conform(block, resource.attributes))
            aks.admit(world, resource)
        if resource.type == aks.CLUSTER:
            self._add_node_group(world, resource)
        return resource.attributes

    def _add_node_group(self, world: World, made_for: Resource) -> None:
        """Make the group for a cluster's nodes and, as AKS does, its identity a Contributor there."""
        group_id = str(made_for.attributes["node_resource_group_id"])
        world.resources[group_id.lower()] = Resource(NODE_GROUP, group_id, {"managed_by": made_for.id})
        for principal in aks.principals(world, made_for):
            id_ = f"{group_id}/providers/Microsoft.Authorization/roleAssignments/{uuid(group_id + principal)}"
            definition = arm.role_definition(self._subscription, roles.CONTRIBUTOR)
            given: Object = {"id": id_, "scope": group_id, "principal_id": principal}
            given |= {"role_definition_name": "Contributor", "role_definition_id": definition}
            world.resources[id_.lower()] = Resource(ROLE, id_, given)

    def _told(self, type_name: str, id_: str, planned: Object) -> Object:
        if type_name == aks.CLUSTER:
            return cluster.described(id_, planned, self._access)
        if type_name == IDENTITY:
            ids: Object = {
                "client_id": uuid(f"{id_}/client"),
                "principal_id": uuid(f"{id_}/principal"),
            }
            return {"id": id_, "tenant_id": TENANT} | ids
        if type_name == ROLE:
            role = str(planned["role_definition_name"])
            definition = roles.definition_of(role) or uuid(role)
            return {
                "id": id_,
                "principal_type": "ServicePrincipal",
                "role_definition_id": arm.role_definition(self._subscription, definition),
            }
        return {"id": id_}

    def _not_registered_by_the_provider(self, id_: str) -> None:
        if any(id_.lower() == self._provider_id(name).lower() for name in self._registers):
            raise RefusedError(
                f'The Resource Provider "{id_.rsplit("/", 1)[-1]}" is automatically registered by Terraform.'
            )

    def _provider_id(self, name: str) -> str:
        return f"/subscriptions/{self._subscription}/providers/{name}"

    def _registered(self) -> dict[str, Resource]:
        """What many a subscription with a cluster has: the namespace, with somebody's preview feature."""
        name = "Microsoft.ContainerService"
        id_ = self._provider_id(name)
        attributes: Object = {"id": id_, "name": name, "feature": [PREVIEW_OF_ANOTHER], "timeouts": None}
        return {id_.lower(): Resource(REGISTRATION, id_, attributes)}
