"""What AKS chooses and tells about a cluster that nobody asked for: defaults, names, addresses, credentials."""

import hashlib
import json
from base64 import b64decode
from collections.abc import Mapping

from simulator.access import Access
from simulator.aks import CLUSTER
from simulator.arm import TENANT, uuid
from simulator.cloud import Resource
from simulator.values import Object, Value, objects

_DEFAULT_VERSION = "1.34"

API_PATH = "/clusters/"
"""Where the APIs of the clusters are on the server that simulates them all, each under the start of its key."""

_OIDC_ALWAYS_FROM = 34  # the minor version


def complete(resource: Resource) -> None:
    """Fill in what Azure chooses when nothing was asked for, so that leaving it out is drift."""
    attributes = resource.attributes
    holders = objects(attributes["default_node_pool"]) if resource.type == CLUSTER else [attributes]
    for holder in holders:
        holder["upgrade_settings"] = holder["upgrade_settings"] or [{"max_surge": "10%"}]
        holder["node_count"] = holder["node_count"] or holder["min_count"] or 1
    if resource.type == CLUSTER and attributes["oidc_issuer_enabled"] is None:
        attributes["oidc_issuer_enabled"] = _issues_tokens(str(attributes["kubernetes_version"]))


def described(id_: str, cluster: Object, access: Access) -> Object:
    """What Azure tells about a cluster that nobody asked for: names, addresses, credentials.

    Args:
        id_: the cluster's.
        cluster: as it was asked for.
        access: to the server on which its API is simulated; its real name would resolve to nothing.
    """
    key = key_of(id_)
    group, name, location = (str(cluster[each]) for each in ("resource_group_name", "name", "location"))
    asked = cluster["kubernetes_version"]
    version = asked if isinstance(asked, str) else _DEFAULT_VERSION
    fqdn = f"{cluster['dns_prefix'] or name}-{key[:8]}.hcp.{location}.azmk8s.io"
    wanted = cluster["node_resource_group"]
    node_group = wanted if isinstance(wanted, str) else f"MC_{group}_{name}_{location}"
    subscription = id_.split("/resourceGroups/", maxsplit=1)[0]
    user = f"clusterUser_{group}_{name}"
    host = f"{access.url}{API_PATH}{key[:8]}"
    password = hashlib.sha256(f"{key}password".encode()).hexdigest()
    issued: Object = {"host": host, "username": user, "password": password, **access.credentials}
    oidc = cluster["oidc_issuer_enabled"] or _issues_tokens(version)
    managed = f"{subscription}/resourceGroups/{node_group}"
    return {
        "id": id_,
        "fqdn": fqdn,
        "portal_fqdn": fqdn.replace(".hcp.", ".portal.hcp."),
        "private_fqdn": "",
        "kubernetes_version": version,
        "current_kubernetes_version": version if version.count(".") > 1 else f"{version}.0",
        "node_resource_group": node_group,
        "node_resource_group_id": managed,
        "oidc_issuer_url": f"https://{location}.oic.prod-aks.azure.com/{TENANT}/{key[:32]}/" if oidc else "",
        "kube_admin_config": [],
        "kube_admin_config_raw": "",
        "kube_config": [issued],
        "kube_config_raw": kubeconfig_of(name, user, host, access.credentials),
        "kubelet_identity": [
            {
                "client_id": uuid(f"{id_}/kubelet/client"),
                "object_id": uuid(f"{id_}/kubelet/object"),
                "user_assigned_identity_id": f"{managed}/providers/Microsoft.ManagedIdentity/"
                f"userAssignedIdentities/{name}-agentpool",
            }
        ],
    }


def _issues_tokens(kubernetes_version: str) -> bool:
    """From 1.34 a cluster is an OIDC issuer whether or not that was asked for."""
    return int(kubernetes_version.split(".")[1]) >= _OIDC_ALWAYS_FROM


def key_of(id_: str) -> str:
    """What tells a cluster from all others, in names that Azure makes up."""
    return hashlib.sha256(id_.lower().encode()).hexdigest()


def kubeconfig_of(cluster: str, user: str, host: str, credentials: Mapping[str, str]) -> str:
    """A kubeconfig with one context."""
    return json.dumps(  # which is YAML too
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [
                {
                    "name": cluster,
                    "cluster": {
                        "server": host,
                        "certificate-authority-data": credentials["cluster_ca_certificate"],
                    },
                }
            ],
            "users": [
                {
                    "name": user,
                    "user": {
                        "client-certificate-data": credentials["client_certificate"],
                        "client-key-data": credentials["client_key"],
                    },
                }
            ],
            "contexts": [{"name": cluster, "context": {"cluster": cluster, "user": user}}],
            "current-context": cluster,
        }
    )


def decoded(value: Value) -> str:
    """A credential as `base64decode` gives it to a provider that is configured with it."""
    return b64decode(str(value)).decode()
