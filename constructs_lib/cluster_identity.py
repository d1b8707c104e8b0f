"""The managed identity a cluster runs as, and the roles it needs before the cluster exists."""

from collections.abc import Mapping

from cdktf_cdktf_provider_azurerm.role_assignment import RoleAssignment
from cdktf_cdktf_provider_azurerm.user_assigned_identity import UserAssignedIdentity
from constructs import Construct

from constructs_lib import naming

NETWORK_CONTRIBUTOR = "Network Contributor"


class ClusterIdentity(Construct):
    """A user-assigned identity with Network Contributor on exactly the scopes it is given.

    AKS needs the role on the node subnet and on the pod subnet, and on a route table or NAT gateway of
    theirs: https://learn.microsoft.com/azure/aks/configure-azure-cni#prerequisites.

    Attributes:
        resource: the identity.
        role_assignments: the roles, by the name of their scope.
        id: ARM id, which a cluster is created with.
        principal_id: object id in the directory, which roles are assigned to.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        resource_group_name: str,
        location: str,
        network_scopes: Mapping[str, str],
    ) -> None:
        """Make the identity and its roles.

        Args:
            scope: parent.
            id_: construct id.
            name: 3 to 128 characters.
            resource_group_name: where it lives.
            location: Azure region.
            network_scopes: ARM ids the identity may manage, by a name that becomes the construct id.

        Raises:
            ValueError: Azure refuses the name, or there is no scope.
        """
        super().__init__(scope, id_)
        if not network_scopes:
            raise ValueError("network_scopes is empty: give the node subnet and the pod subnet of the cluster")
        self.resource = UserAssignedIdentity(
            self,
            "identity",
            name=naming.MANAGED_IDENTITY.check(name),
            resource_group_name=resource_group_name,
            location=location,
        )
        self.id: str = self.resource.id
        self.principal_id: str = self.resource.principal_id
        self.role_assignments = {
            of_what: RoleAssignment(
                self,
                f"network-contributor-{of_what}",
                scope=scope_id,
                role_definition_name=NETWORK_CONTRIBUTOR,
                principal_id=self.principal_id,
                # a new identity takes a while to appear in the directory, which would be asked for it
                skip_service_principal_aad_check=True,
            )
            for of_what, scope_id in network_scopes.items()
        }
