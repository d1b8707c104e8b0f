"""Azure's built-in roles, as far as a cluster has to do with them.

Source: https://learn.microsoft.com/azure/role-based-access-control/built-in-roles.
"""

from dataclasses import dataclass

from simulator.values import Json

CONTRIBUTOR = "b24988ac-6180-42a0-ab88-20f7382dd24c"
NETWORK_CONTRIBUTOR = "4d97b98b-1d4f-4787-a291-c67834d212e7"
OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"


@dataclass(frozen=True, kw_only=True)
class Role:
    """A role, with the actions it allows and those among them that it does not."""

    name: str
    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()

    def as_arm(self, id_: str) -> Json:
        """The role's definition."""
        permission = {"actions": self.actions, "notActions": self.not_actions}
        return {"id": id_, "properties": {"roleName": self.name, "permissions": [permission]}}


BUILT_IN = {
    CONTRIBUTOR: Role(
        name="Contributor",
        actions=("*",),
        not_actions=("Microsoft.Authorization/*/Write", "Microsoft.Authorization/*/Delete"),
    ),
    NETWORK_CONTRIBUTOR: Role(
        name="Network Contributor",
        actions=("Microsoft.Authorization/*/read", "Microsoft.Network/*", "Microsoft.Resources/deployments/*"),
    ),
    OWNER: Role(name="Owner", actions=("*",)),
    READER: Role(name="Reader", actions=("*/read",)),
}
"""By the id of their definition, which is the same in every subscription."""

THAT_JOIN_SUBNETS = (CONTRIBUTOR, NETWORK_CONTRIBUTOR, OWNER)


def definition_of(name: str) -> str | None:
    """Id of a built-in role's definition."""
    return next((id_ for id_, role in BUILT_IN.items() if role.name == name), None)
