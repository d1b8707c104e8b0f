"""What AKS chooses and tells about a cluster that nobody asked for: defaults, names, addresses, credentials."""

import hashlib
import json
from base64 import b64decode, b64encode

from simulator.aks import CLUSTER
from simulator.arm import TENANT, uuid
from simulator.cloud import Resource
from simulator.values import Object, Value, objects

_DEFAULT_VERSION = "1.34"
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


def described(id_: str, cluster: Object) -> Object:
    """What Azure tells about a cluster that nobody asked for: names, addresses, credentials."""
    key = hashlib.sha256(id_.lower().encode()).hexdigest()
    group, name, location = (str(cluster[each]) for each in ("resource_group_name", "name", "location"))
    asked = cluster["kubernetes_version"]
    version = asked if isinstance(asked, str) else _DEFAULT_VERSION
    fqdn = f"{cluster['dns_prefix'] or name}-{key[:8]}.hcp.{location}.azmk8s.io"
    wanted = cluster["node_resource_group"]
    node_group = wanted if isinstance(wanted, str) else f"MC_{group}_{name}_{location}"
    subscription = id_.split("/resourceGroups/", maxsplit=1)[0]
    access = {"host": f"https://{fqdn}:443", "username": f"clusterUser_{group}_{name}"} | _credentials(key)
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
        "kube_config": [access],
        "kube_config_raw": _kubeconfig(name, access),
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


def _credentials(key: str) -> Object:
    def pem(kind: str, part: str) -> str:
        body = b64encode(hashlib.sha256(f"{key}{part}".encode()).digest()).decode()
        text = f"-----BEGIN {kind}-----\n{body}\n-----END {kind}-----\n"
        return b64encode(text.encode()).decode()

    return {
        "client_certificate": pem("CERTIFICATE", "client"),
        "client_key": pem("RSA PRIVATE KEY", "key"),
        "cluster_ca_certificate": pem("CERTIFICATE", "authority"),
        "password": hashlib.sha256(f"{key}password".encode()).hexdigest(),
    }


def _kubeconfig(name: str, access: Object) -> str:
    cluster = {"server": access["host"], "certificate-authority-data": access["cluster_ca_certificate"]}
    user = {"client-certificate-data": access["client_certificate"], "client-key-data": access["client_key"]}
    context = {"cluster": name, "user": access["username"]}
    return json.dumps(  # which is YAML too
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": name, "cluster": cluster}],
            "users": [{"name": access["username"], "user": user}],
            "contexts": [{"name": name, "context": context}],
            "current-context": name,
        }
    )


def decoded(value: Value) -> str:
    """A credential as `base64decode` gives it to a provider that is configured with it."""
    return b64decode(str(value)).decode()
