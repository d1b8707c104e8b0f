"""What no schema in the bindings holds, for the types that need it: small tables kept by hand.

A type that is not in a table still works: nothing of it is sensitive, the arguments in
`FORCE_NEW_ANYWHERE` replace it, and its ARM id is made from its Terraform name.
Source of every entry: the resource's page and code in hashicorp/terraform-provider-azurerm 4.55.0
and hashicorp/terraform-provider-helm 3.1.1.
"""

SENSITIVE: dict[str, frozenset[str]] = {
    "azurerm": frozenset({"client_certificate", "client_secret", "oidc_token"}),
    "helm": frozenset(),
    "azurerm_kubernetes_cluster": frozenset(
        {"kube_admin_config", "kube_admin_config_raw", "kube_config", "kube_config_raw"}
    ),
    "helm_release": frozenset({"repository_password"}),
}
"""Top-level arguments by type (a provider's own under its name) that Terraform must not print."""

FORCE_NEW_ANYWHERE = frozenset(
    {
        "kubernetes_cluster_id",
        "location",
        "name",
        "namespace",
        "parent_id",
        "resource_group_name",
        "virtual_network_name",
    }
)

FORCE_NEW: dict[str, frozenset[str]] = {
    "azurerm_kubernetes_cluster": frozenset(
        {
            "dns_prefix",
            "network_profile.dns_service_ip",
            "network_profile.network_plugin",
            "network_profile.pod_cidr",
            "network_profile.service_cidr",
            "node_resource_group",
            "private_cluster_enabled",
        }
    ),
    "azurerm_kubernetes_cluster_node_pool": frozenset({"os_type", "priority"}),
    "azurerm_role_assignment": frozenset({"principal_id", "role_definition_id", "role_definition_name", "scope"}),
}
"""Arguments, dotted where they are in a block, whose change replaces the resource."""

CHOSEN_BY_AZURE: dict[str, frozenset[str]] = {
    "azurerm_kubernetes_cluster": frozenset({"kubelet_identity"}),
    "azurerm_kubernetes_cluster_node_pool": frozenset(),
}
"""Blocks that are filled in when the configuration leaves them out.

Terraform allows that only to a provider on the old type system, which is why just these types,
whose blocks Azure completes, ask for its tolerance; core checks every other type strictly.
"""

CHANGES_WITH_ANY_UPDATE: dict[str, frozenset[str]] = {
    "helm_release": frozenset({"metadata", "manifest", "resources", "status"}),
}

ADDRESSES: dict[str, tuple[str, str]] = {
    "azurerm_federated_identity_credential": (
        "{parent_id}",
        "federatedIdentityCredentials/{name}",
    ),
    "azurerm_kubernetes_cluster": (
        "{group}",
        "providers/Microsoft.ContainerService/managedClusters/{name}",
    ),
    "azurerm_kubernetes_cluster_node_pool": ("{kubernetes_cluster_id}", "agentPools/{name}"),
    "azurerm_log_analytics_workspace": (
        "{group}",
        "providers/Microsoft.OperationalInsights/workspaces/{name}",
    ),
    "azurerm_nat_gateway": ("{group}", "providers/Microsoft.Network/natGateways/{name}"),
    "azurerm_network_security_group": (
        "{group}",
        "providers/Microsoft.Network/networkSecurityGroups/{name}",
    ),
    "azurerm_public_ip": ("{group}", "providers/Microsoft.Network/publicIPAddresses/{name}"),
    "azurerm_resource_group": ("{subscription}", "resourceGroups/{name}"),
    "azurerm_resource_provider_registration": ("{subscription}", "providers/{name}"),
    "azurerm_role_assignment": (
        "{scope}",
        "providers/Microsoft.Authorization/roleAssignments/{name}",
    ),
    "azurerm_route_table": ("{group}", "providers/Microsoft.Network/routeTables/{name}"),
    "azurerm_subnet": (
        "{group}/providers/Microsoft.Network/virtualNetworks/{virtual_network_name}",
        "subnets/{name}",
    ),
    "azurerm_user_assigned_identity": (
        "{group}",
        "providers/Microsoft.ManagedIdentity/userAssignedIdentities/{name}",
    ),
    "azurerm_virtual_network": ("{group}", "providers/Microsoft.Network/virtualNetworks/{name}"),
}
"""A type's ARM id: its parent's, and what comes after, in terms of the resource's arguments."""
