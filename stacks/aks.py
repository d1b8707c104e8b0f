"""The `aks` stack: the cluster, its node pools and the demo."""

from pathlib import Path

from cdktf import Fn, TerraformStack
from cdktf_cdktf_provider_helm.provider import HelmProvider, HelmProviderKubernetes
from constructs import Construct

from constructs_lib.aks_cluster import AksCluster, NetworkPolicy
from constructs_lib.hello_kubernetes import HelloKubernetes
from stacks import network
from stacks.azure import add_azurerm_provider
from stacks.contract import AksOutputs, NetworkOutputs
from stacks.settings import Settings
from stacks.state import state_of

NAME = "aks"
CHART = Path(__file__).parent.parent / "charts" / "hello-kubernetes"


class AksStack(TerraformStack):
    """The cluster on the network of the `network` stack, which it knows by its outputs only.

    Attributes:
        cluster: the AKS cluster.
        demo: the hello-kubernetes release, or None where the settings leave it out.
        outputs: what people and pipelines may read.
    """

    def __init__(
        self, scope: Construct, id_: str = NAME, *, settings: Settings, network_stack_id: str = network.NAME
    ) -> None:
        """Make the stack from the settings and the state of the network stack of this id."""
        super().__init__(scope, id_)
        state = state_of(settings)
        state.keep(self, id_)
        base = NetworkOutputs.read(state.read(self, network_stack_id))
        add_azurerm_provider(self, settings)
        self.cluster = AksCluster(
            self,
            "aks",
            name=settings.aks_cluster_name,
            resource_group_name=base.resource_group_name,
            location=base.location,
            identity_id=base.identity_id,
            node_subnet_id=base.node_subnet_id,
            pod_subnet_id=base.pod_subnet_id,
            system_pool=settings.system_pool,
            service_range=settings.service_range,
            dns_service_ip=settings.dns_address,
            network_policy=NetworkPolicy(settings.net_policy),
            kubernetes_version=settings.kubernetes_version,
            sku_tier=settings.aks_sku_tier,
        )
        for pool in settings.node_pools:
            self.cluster.add_node_pool(pool)
        # there also without the demo: a release that is switched off is removed through it
        self._add_helm_provider()
        self.demo = HelloKubernetes(self, "hello-kubernetes", chart=CHART) if settings.demo else None
        self.outputs = AksOutputs(
            cluster_name=self.cluster.name,
            cluster_id=self.cluster.id,
            node_resource_group=self.cluster.node_resource_group,
            oidc_issuer_url=self.cluster.oidc_issuer_url,
            kubernetes_version=self.cluster.kubernetes_version,
            get_credentials_command=(
                f"az aks get-credentials --resource-group {base.resource_group_name} --name {self.cluster.name}"
            ),
            port_forward_command=self.demo.port_forward_command if self.demo else None,
            kube_config=self.cluster.kube_config_raw,
        )
        self.outputs.publish(self)

    def _add_helm_provider(self) -> None:
        credentials = self.cluster.kube_config
        HelmProvider(
            self,
            "helm",
            kubernetes=HelmProviderKubernetes(
                host=credentials.host,
                client_certificate=Fn.base64decode(credentials.client_certificate),
                client_key=Fn.base64decode(credentials.client_key),
                cluster_ca_certificate=Fn.base64decode(credentials.cluster_ca_certificate),
            ),
        )
