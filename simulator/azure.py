"""The simulated Azure Resource Manager: ids, parents, references and what may be deleted."""

import json
import os
from typing import cast
from uuid import NAMESPACE_URL, uuid5

from simulator import aks, tables
from simulator.cloud import Cloud, RefusedError, Resource, World
from simulator.values import Object, Value, conform, empty, mark_computed, objects, settle, strings
from simulator.wire import tfplugin6_pb2 as pb

GROUP = "azurerm_resource_group"
ROLE = "azurerm_role_assignment"
IDENTITY = "azurerm_user_assigned_identity"
REGISTRATION = "azurerm_resource_provider_registration"

_ROLE_DEFINITIONS = {
    "Contributor": "b24988ac-6180-42a0-ab88-20f7382dd24c",
    "Network Contributor": "4d97b98b-1d4f-4787-a291-c67834d212e7",
    "Owner": "8e3afe49-1c3f-4e3a-9a0c-8e3a0b8d8635",
}
_DELETABLE_IN_USE = frozenset({IDENTITY})


def uuid(seed: str) -> str:
    """A stable unique id: the same seed gives the same id in every rehearsal."""
    return str(uuid5(NAMESPACE_URL, seed.lower()))


def locate(type_name: str, wanted: Object, subscription: str) -> tuple[str, str]:
    """The ARM id of a resource's parent, and its own.

    Types that no table knows get the id that their arguments suggest: inside the resource group
    that they name, below the resource whose id they hold, or else in the subscription.
    """
    root = f"/subscriptions/{subscription}"
    text = {key: value for key, value in wanted.items() if isinstance(value, str)}
    text["subscription"] = root
    text["group"] = f"{root}/resourceGroups/{text.get('resource_group_name')}"
    text.setdefault("name", uuid(json.dumps(text, sort_keys=True)))
    if type_name.endswith("_association"):
        return text["subnet_id"], text["subnet_id"]
    if type_name in tables.ADDRESSES:
        parent, rest = (part.format_map(text) for part in tables.ADDRESSES[type_name])
    else:
        words = type_name.removeprefix("azurerm_").title().replace("_", "")
        above = next((text[key] for key in text if key.endswith("_id")), root)
        parent = text["group"] if "resource_group_name" in text else above
        rest = f"providers/Microsoft.Simulated/{words}/{text['name']}"
    return parent, f"{parent.rstrip('/')}/{rest}"


def key_of(type_name: str, id_: str) -> str:
    """Where a resource is kept; an association shares the id of what it is attached to."""
    return f"{id_}/{type_name}".lower() if type_name.endswith("_association") else id_.lower()


class Azure:
    """What the simulated azurerm provider talks to."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
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
            self._parent_exists(world, type_name, id_, parent)
            self._references_exist(world, id_, planned)
            if type_name == REGISTRATION and planned["name"] in self._registers:
                raise RefusedError(f"{planned['name']} is registered by the provider itself")
            if type_name == ROLE:
                self._principal_exists(world, planned)
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
            self._references_exist(world, id_, planned)
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
                self._group_empty(id_, inside)
            if type_name not in _DELETABLE_IN_USE:
                self._unused(world, key, id_, inside)
            owned = [k for k, r in world.resources.items() if r.attributes.get("managed_by") == id_]
            for each in (key, *inside, *owned):
                world.resources.pop(each, None)
            world.log.append(["delete", type_name, id_])

        self._cloud.perform("delete", type_name, effect)

    def read(self, type_name: str, state: Object) -> Object | None:
        """A resource's attributes, None if there is no such resource."""
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
        told: Object = {"id": f"/subscriptions/{self._subscription}", "tenant_id": aks.TENANT}
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
            aks.complete(resource)
            resource.attributes.update(conform(block, resource.attributes))
            aks.admit(world, resource)
        if resource.type == aks.CLUSTER:
            group_id = str(resource.attributes["node_resource_group_id"])
            group = Resource("Microsoft.Resources/resourceGroups", group_id, {"managed_by": resource.id})
            world.resources[group_id.lower()] = group
        return resource.attributes

    def _told(self, type_name: str, id_: str, planned: Object) -> Object:
        if type_name == aks.CLUSTER:
            return aks.described(id_, planned)
        if type_name == IDENTITY:
            ids: Object = {
                "client_id": uuid(f"{id_}/client"),
                "principal_id": uuid(f"{id_}/principal"),
            }
            return {"id": id_, "tenant_id": aks.TENANT} | ids
        if type_name == ROLE:
            role = str(planned["role_definition_name"])
            definition = _ROLE_DEFINITIONS.get(role, uuid(role))
            root = f"/subscriptions/{self._subscription}/providers/Microsoft.Authorization"
            return {
                "id": id_,
                "principal_type": "ServicePrincipal",
                "role_definition_id": f"{root}/roleDefinitions/{definition}",
            }
        return {"id": id_}

    def _registered(self) -> dict[str, Resource]:
        """What every subscription with a cluster has: the namespace, without preview features."""
        name = "Microsoft.ContainerService"
        id_ = f"/subscriptions/{self._subscription}/providers/{name}"
        attributes: Object = {"id": id_, "name": name, "feature": [], "timeouts": None}
        return {id_.lower(): Resource(REGISTRATION, id_, attributes)}

    def _known(self, world: World, id_: str) -> bool:
        root = f"/subscriptions/{self._subscription}".lower()
        return id_.lower() in world.resources or id_.lower().rstrip("/") == root

    def _parent_exists(self, world: World, type_name: str, id_: str, parent: str) -> None:
        if not self._known(world, parent):
            raise RefusedError(
                f"ParentResourceNotFound: failed to perform 'write' on {id_} ({type_name}), "
                f"because the parent resource {parent} could not be found"
            )

    def _references_exist(self, world: World, id_: str, planned: Object) -> None:
        for text in strings(cast("Value", planned)):
            refers = text.startswith("/subscriptions/") and "/roleDefinitions/" not in text
            if refers and text != id_ and not self._known(world, text):
                raise RefusedError(f"InvalidResourceReference: {text}, referenced by {id_}, was not found")

    def _principal_exists(self, world: World, planned: Object) -> None:
        known = [each.attributes["principal_id"] for each in world.of_type(IDENTITY)]
        for each in world.of_type(IDENTITY):
            if planned["principal_id"] == each.attributes["client_id"]:
                raise RefusedError(
                    f"PrincipalNotFound: {planned['principal_id']} is the client id of {each.id}; "
                    "a role assignment takes its principal id"
                )
        if planned["principal_id"] not in known and not planned["skip_service_principal_aad_check"]:
            raise RefusedError(f"PrincipalNotFound: principal {planned['principal_id']} does not exist")

    def _group_empty(self, id_: str, inside: dict[str, Resource]) -> None:
        left = [each.id for each in inside.values() if each.type != ROLE]
        if left:
            listed = "\n".join(f"* `{each}`" for each in left)
            raise RefusedError(
                f"the Resource Group {id_} still contains Resources. Terraform is configured to "
                "check for Resources within the Resource Group when deleting the Resource Group, "
                "to avoid unintentionally deleting these Resources. It still contains:\n\n"
                f"{listed}\n\nTo delete them with it, set "
                "`prevent_deletion_if_contains_resources = false` in the `resource_group` block of "
                "the provider's `features`."
            )

    def _unused(self, world: World, key: str, id_: str, inside: dict[str, Resource]) -> None:
        doomed = {key, *inside}
        for other, resource in world.resources.items():
            if other in doomed or resource.type == ROLE or resource.attributes.get("managed_by"):
                continue
            if any(key_of("", text) in doomed for text in strings(cast("Value", resource.attributes))):
                raise RefusedError(f"InUse: {id_} cannot be deleted, it is in use by {resource.id}")
