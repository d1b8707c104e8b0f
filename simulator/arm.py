"""Azure Resource Manager: ids, and what parents, references and scopes allow."""

import json
from typing import cast
from uuid import NAMESPACE_URL, uuid5

from simulator import tables
from simulator.cloud import RefusedError, Resource, World
from simulator.values import Object, Value, strings

ROLE = "azurerm_role_assignment"
IDENTITY = "azurerm_user_assigned_identity"
NODE_GROUP = "Microsoft.Resources/resourceGroups"
TENANT = "00000000-0000-0000-0000-00000000feed"


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
        ends = [text[key] for key in sorted(text) if key.endswith("_id")]
        return ends[0], text.get("subnet_id") or "|".join(ends)
    if type_name in tables.ADDRESSES:
        parent, rest = (part.format_map(text) for part in tables.ADDRESSES[type_name])
    else:
        words = type_name.removeprefix("azurerm_").title().replace("_", "")
        above = next((text[key] for key in text if key.endswith("_id")), root)
        parent = text["group"] if "resource_group_name" in text else above
        rest = f"providers/Microsoft.Simulated/{words}/{text['name']}"
    return parent, f"{parent.rstrip('/')}/{rest}"


def role_definition(subscription: str, definition: str) -> str:
    """The ARM id of a role's definition."""
    return f"/subscriptions/{subscription}/providers/Microsoft.Authorization/roleDefinitions/{definition}"


def key_of(type_name: str, id_: str) -> str:
    """Where a resource is kept; an association shares the id of what it is attached to."""
    return f"{id_}/{type_name}".lower() if type_name.endswith("_association") else id_.lower()


def _known(world: World, id_: str) -> bool:
    is_subscription = id_.rstrip("/").count("/") == 2  # noqa: PLR2004 - /subscriptions/<id>
    return id_.lower() in world.resources or is_subscription


def parent_exists(world: World, type_name: str, id_: str, parent: str) -> None:
    """Refuse a resource whose parent does not exist."""
    if not _known(world, parent):
        raise RefusedError(
            f"ParentResourceNotFound: failed to perform 'write' on {id_} ({type_name}), "
            f"because the parent resource {parent} could not be found"
        )


def references_exist(world: World, id_: str, planned: Object) -> None:
    """Refuse a resource that holds the id of one that does not exist."""
    for text in strings(cast("Value", planned)):
        refers = text.startswith("/subscriptions/") and "/roleDefinitions/" not in text
        if refers and text != id_ and not _known(world, text):
            raise RefusedError(f"InvalidResourceReference: {text}, referenced by {id_}, was not found")


def principal_exists(world: World, planned: Object) -> None:
    """Refuse a role for a principal that does not exist, or whose other id was given."""
    known = [each.attributes["principal_id"] for each in world.of_type(IDENTITY)]
    for each in world.of_type(IDENTITY):
        if planned["principal_id"] == each.attributes["client_id"]:
            raise RefusedError(
                f"PrincipalNotFound: {planned['principal_id']} is the client id of {each.id}; "
                "a role assignment takes its principal id"
            )
    if planned["principal_id"] not in known and not planned["skip_service_principal_aad_check"]:
        raise RefusedError(f"PrincipalNotFound: principal {planned['principal_id']} does not exist")


def group_empty(id_: str, inside: dict[str, Resource]) -> None:
    """Refuse to delete a group that holds anything but role assignments."""
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


def unused(world: World, key: str, id_: str, inside: dict[str, Resource]) -> None:
    """Refuse to delete what a resource outside of it refers to."""
    doomed = {key, *inside}
    for other, resource in world.resources.items():
        if other in doomed or resource.type in (ROLE, NODE_GROUP):
            continue
        if any(key_of("", text) in doomed for text in strings(cast("Value", resource.attributes))):
            raise RefusedError(f"InUse: {id_} cannot be deleted, it is in use by {resource.id}")
