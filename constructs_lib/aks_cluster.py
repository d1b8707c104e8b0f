"""An AKS cluster whose nodes and pods live in two subnets of one virtual network."""

from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network
from typing import Any, Literal

from cdktf import Annotations
from cdktf_cdktf_provider_azurerm.kubernetes_cluster import (
    KubernetesCluster,
    KubernetesClusterDefaultNodePool,
    KubernetesClusterDefaultNodePoolUpgradeSettings,
    KubernetesClusterIdentity,
    KubernetesClusterKubeConfigOutputReference,
    KubernetesClusterNetworkProfile,
)
from cdktf_cdktf_provider_azurerm.kubernetes_cluster_node_pool import (
    KubernetesClusterNodePool,
    KubernetesClusterNodePoolUpgradeSettings,
)
from constructs import Construct

from constructs_lib import naming
from constructs_lib.addressing import AddressPlan
from constructs_lib.node_pool import NodePool

LONGEST_DNS_PREFIX = 54


class NetworkPolicy(StrEnum):
    """What enforces Kubernetes network policies: https://learn.microsoft.com/azure/aks/use-network-policies."""

    CALICO = "calico"
    AZURE = "azure"
    CILIUM = "cilium"


class AksCluster(Construct):
    """A cluster with Azure CNI pod subnets, running as a user-assigned identity.

    Source of the rules: https://registry.terraform.io/providers/hashicorp/azurerm/4.55.0/docs/resources/kubernetes_cluster
    and https://learn.microsoft.com/azure/aks/configure-azure-cni-dynamic-ip-allocation.

    Attributes:
        resource: the cluster.
        id: ARM id of the cluster.
        name: name of the cluster.
        node_pools: the pools added to it, by name; the system pool is part of the cluster.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        resource_group_name: str,
        location: str,
        identity_id: str,
        node_subnet_id: str,
        pod_subnet_id: str,
        system_pool: NodePool,
        service_range: IPv4Network,
        dns_service_ip: IPv4Address,
        network_policy: NetworkPolicy = NetworkPolicy.CALICO,
        kubernetes_version: str | None = None,
        sku_tier: Literal["Free", "Standard", "Premium"] = "Free",
    ) -> None:
        """Make the cluster with its system pool.

        Args:
            scope: parent.
            id_: construct id.
            name: 1 to 63 characters.
            resource_group_name: where the cluster lives; AKS makes another group for its nodes.
            location: Azure region.
            identity_id: ARM id of a user-assigned identity that is Network Contributor on both subnets
                before the cluster is created.
            node_subnet_id: ARM id of a subnet that is not delegated.
            pod_subnet_id: ARM id of another subnet of the same network, delegated to AKS.
            system_pool: the pool the cluster is created with.
            service_range: virtual addresses of services, smaller than /12, outside the network and
                everything it is connected to. It cannot be changed later.
            dns_service_ip: inside the service range, not its first address. It cannot be changed later.
            network_policy: default Calico.
            kubernetes_version: ``1.35.1``, or ``1.35`` for its latest patch at creation; for the control plane and
                every pool.
                Default: AKS chooses, and upgrades are made outside Terraform.
            sku_tier: of the control plane. Default: Free, without an uptime SLA.

        Raises:
            ValueError: a name, range or combination that AKS refuses.
        """
        super().__init__(scope, id_)
        AddressPlan(service_range=service_range, dns_service_ip=dns_service_ip).check()
        _require_two_subnets(node_subnet_id, pod_subnet_id)
        self._node_subnet_id, self._pod_subnet_id = node_subnet_id, pod_subnet_id
        self._kubernetes_version = kubernetes_version
        self._pool_names = {system_pool.name, system_pool.rotation_name}
        self.node_pools: dict[str, KubernetesClusterNodePool] = {}
        self.resource = KubernetesCluster(
            self,
            "cluster",
            name=naming.AKS_CLUSTER.check(name),
            resource_group_name=resource_group_name,
            location=location,
            dns_prefix=_dns_prefix(name),
            kubernetes_version=kubernetes_version,
            sku_tier=sku_tier,
            identity=KubernetesClusterIdentity(type="UserAssigned", identity_ids=[identity_id]),
            # on by itself from Kubernetes 1.34, where it can't be off: undeclared, every plan would change it
            oidc_issuer_enabled=True,
            network_profile=KubernetesClusterNetworkProfile(
                network_plugin="azure",
                network_policy=network_policy.value,
                network_data_plane="cilium" if network_policy is NetworkPolicy.CILIUM else "azure",
                load_balancer_sku="standard",
                service_cidr=str(service_range),
                dns_service_ip=str(dns_service_ip),
            ),
            default_node_pool=KubernetesClusterDefaultNodePool(
                upgrade_settings=KubernetesClusterDefaultNodePoolUpgradeSettings(max_surge=system_pool.max_surge),
                **self._arguments(system_pool, node_subnet_id, pod_subnet_id),
            ),
        )
        self.id: str = self.resource.id
        self.name: str = self.resource.name
        if network_policy is NetworkPolicy.AZURE:
            self._warn("Azure network policy manager retires on Linux on 2028-09-30: use calico or cilium")
        # two at all times, also when autoscaled: https://learn.microsoft.com/azure/aks/use-system-pools
        self._warn_of_risks(system_pool, nodes=system_pool.node_count)

    def add_node_pool(
        self, pool: NodePool, *, node_subnet_id: str | None = None, pod_subnet_id: str | None = None
    ) -> KubernetesClusterNodePool:
        """Add a user node pool.

        Args:
            pool: the pool; its name is its construct id.
            node_subnet_id: ARM id of a subnet of the cluster's network. Default: the system pool's.
            pod_subnet_id: ARM id of a subnet of the cluster's network. Default: the system pool's.

        Raises:
            ValueError: the pool's name, or the one it rotates through, is another's; or both subnets are the same.
        """
        names = {pool.name, pool.rotation_name}
        if taken := sorted(names & self._pool_names):
            raise ValueError(
                f"node pool {pool.name}: {taken[0]!r} is the name of another pool, or of its stand-in during"
                " a rotation: choose another name"
            )
        node_subnet_id = node_subnet_id or self._node_subnet_id
        pod_subnet_id = pod_subnet_id or self._pod_subnet_id
        _require_two_subnets(node_subnet_id, pod_subnet_id)
        previous = list(self.node_pools.values())[-1:]
        self._pool_names |= names
        self.node_pools[pool.name] = KubernetesClusterNodePool(
            self,
            pool.name,
            kubernetes_cluster_id=self.id,
            mode="User",
            upgrade_settings=KubernetesClusterNodePoolUpgradeSettings(max_surge=pool.max_surge),
            # pools of one network that are created at once race for its subnets (azurerm issue 30769)
            depends_on=previous or None,
            **self._arguments(pool, node_subnet_id, pod_subnet_id),
        )
        self._warn_of_risks(pool, nodes=pool.most_nodes)
        return self.node_pools[pool.name]

    @property
    def node_resource_group(self) -> str:
        """Name of the group AKS makes for nodes, load balancer and public addresses."""
        return self.resource.node_resource_group

    @property
    def oidc_issuer_url(self) -> str:
        """Issuer of service account tokens, for workload identity federation."""
        return self.resource.oidc_issuer_url

    @property
    def kubernetes_version(self) -> str:
        """Version the control plane runs, with its patch."""
        return self.resource.current_kubernetes_version

    @property
    def kube_config(self) -> KubernetesClusterKubeConfigOutputReference:
        """Credentials of a cluster user, each base64; secret."""
        return self.resource.kube_config.get(0)

    @property
    def kube_config_raw(self) -> str:
        """The same as a kubeconfig file; secret."""
        return self.resource.kube_config_raw

    def _arguments(self, pool: NodePool, node_subnet_id: str, pod_subnet_id: str) -> dict[str, Any]:
        """What the system pool's block and a user pool's resource call by the same names."""
        return {
            "name": pool.name,
            "vm_size": pool.vm_size,
            "vnet_subnet_id": node_subnet_id,
            "pod_subnet_id": pod_subnet_id,
            "max_pods": pool.max_pods,
            "zones": list(pool.zones) or None,
            "orchestrator_version": self._kubernetes_version,
            "temporary_name_for_rotation": pool.rotation_name,
            # with autoscaling the number of nodes is not Terraform's to set
            "node_count": None if pool.autoscales else pool.node_count,
            "auto_scaling_enabled": True if pool.autoscales else None,
            "min_count": pool.node_count if pool.autoscales else None,
            "max_count": pool.node_count_max,
        }

    def _warn_of_risks(self, pool: NodePool, *, nodes: int) -> None:
        if not pool.zones:
            self._warn(f"node pool {pool.name} is in no availability zone: one data centre's failure takes all of it")
        if nodes == 1:
            self._warn(f"node pool {pool.name} can have one node only: its failure or upgrade stops what runs there")

    def _warn(self, message: str) -> None:
        Annotations.of(self).add_warning(message)


def _require_two_subnets(node_subnet_id: str, pod_subnet_id: str) -> None:
    if node_subnet_id == pod_subnet_id:
        raise ValueError(
            "node_subnet_id and pod_subnet_id are the same: AKS wants two subnets"
            " (https://learn.microsoft.com/azure/aks/configure-azure-cni-dynamic-ip-allocation)"
        )


def _dns_prefix(name: str) -> str:
    return name.replace("_", "-")[:LONGEST_DNS_PREFIX].rstrip("-")
