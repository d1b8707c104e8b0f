"""The `network` stack: resource group, network, managed identity and its roles."""

from cdktf import TerraformStack
from cdktf_cdktf_provider_azurerm.resource_group import ResourceGroup
from constructs import Construct

from constructs_lib.cluster_identity import ClusterIdentity
from constructs_lib.pod_subnet_network import PodSubnetNetwork
from constructs_lib.preview_feature import PreviewFeature as PreviewFeatureRegistration
from stacks.azure import add_azurerm_provider
from stacks.contract import NetworkOutputs
from stacks.settings import PreviewFeature, Settings
from stacks.state import state_of

NAME = "network"


class NetworkStack(TerraformStack):
    """Everything the cluster stands on.

    Attributes:
        network: the virtual network with both subnets.
        identity: the managed identity, with its roles on both.
        outputs: what other stacks may build on.
    """

    def __init__(self, scope: Construct, id_: str = NAME, *, settings: Settings) -> None:
        """Make the stack from the settings."""
        super().__init__(scope, id_)
        state_of(settings).keep(self, id_)
        add_azurerm_provider(self, settings)
        group = ResourceGroup(self, "resource-group", name=settings.resource_group, location=settings.location)
        group_name, location = group.name, group.location
        self.network = PodSubnetNetwork(
            self,
            "network",
            name=settings.vnet_name,
            resource_group_name=group_name,
            location=location,
            address_space=settings.vnet_range,
            node_subnet_name=settings.node_subnet_name,
            node_subnet_range=settings.node_subnet_range,
            pod_subnet_name=settings.pod_subnet_name,
            pod_subnet_range=settings.pod_subnet_range,
        )
        self.identity = ClusterIdentity(
            self,
            "identity",
            name=settings.identity_name,
            resource_group_name=group_name,
            location=location,
            network_scopes={"nodes": self.network.node_subnet.id, "pods": self.network.pod_subnet.id},
        )
        if settings.pod_subnet_preview is not PreviewFeature.OFF:
            PreviewFeatureRegistration(
                self,
                "pod-subnet-preview",
                other_features=settings.other_preview_features,
                adopt=settings.pod_subnet_preview is PreviewFeature.ADOPT,
            )
        self.outputs = NetworkOutputs(
            resource_group_name=group_name,
            location=location,
            network_id=self.network.id,
            node_subnet_id=self.network.node_subnet.id,
            node_subnet_range=str(settings.node_subnet_range),
            pod_subnet_id=self.network.pod_subnet.id,
            pod_subnet_range=str(settings.pod_subnet_range),
            identity_id=self.identity.id,
            identity_principal_id=self.identity.principal_id,
        )
        self.outputs.publish(self)
