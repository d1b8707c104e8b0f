"""A virtual network with a subnet for nodes and another for pods."""

from ipaddress import IPv4Network

from cdktf_cdktf_provider_azurerm.virtual_network import VirtualNetwork
from constructs import Construct

from constructs_lib import naming
from constructs_lib.addressing import AddressPlan
from constructs_lib.subnet import Subnet


class PodSubnetNetwork(Construct):
    """The network of a cluster with Azure CNI pod subnets.

    Pods have a subnet of their own, so that they do not exhaust the nodes' addresses and each side has its
    own network rules: https://learn.microsoft.com/azure/aks/configure-azure-cni-dynamic-ip-allocation.

    Attributes:
        virtual_network: the network.
        id: ARM id of the network.
        node_subnet: where nodes and host-network pods live; never delegated, or AKS refuses it.
        pod_subnet: where every other pod lives; delegated to AKS.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        resource_group_name: str,
        location: str,
        address_space: IPv4Network,
        node_subnet_range: IPv4Network,
        pod_subnet_range: IPv4Network,
        node_subnet_name: str = "nodes",
        pod_subnet_name: str = "pods",
    ) -> None:
        """Make the network and both subnets.

        Args:
            scope: parent.
            id_: construct id.
            name: of the network, 2 to 64 characters.
            resource_group_name: where it lives.
            location: Azure region.
            address_space: of the network.
            node_subnet_range: inside the address space.
            pod_subnet_range: inside the address space, apart from the nodes', /16 at most.
            node_subnet_name: default ``nodes``.
            pod_subnet_name: default ``pods``.

        Raises:
            ValueError: a range or a name that Azure or AKS refuses; the message has every problem.
        """
        super().__init__(scope, id_)
        AddressPlan(network=address_space, node_subnet=node_subnet_range, pod_subnet=pod_subnet_range).check()
        self.virtual_network = VirtualNetwork(
            self,
            "vnet",
            name=naming.VIRTUAL_NETWORK.check(name),
            resource_group_name=resource_group_name,
            location=location,
            address_space=[str(address_space)],
        )
        self.id: str = self.virtual_network.id
        network_name = self.virtual_network.name

        def subnet(id_: str, subnet_name: str, address_range: IPv4Network, *, delegate_to_aks: bool) -> Subnet:
            return Subnet(
                self,
                id_,
                name=subnet_name,
                address_range=address_range,
                virtual_network_name=network_name,
                resource_group_name=resource_group_name,
                location=location,
                delegate_to_aks=delegate_to_aks,
            )

        self.node_subnet = subnet("nodes", node_subnet_name, node_subnet_range, delegate_to_aks=False)
        self.pod_subnet = subnet("pods", pod_subnet_name, pod_subnet_range, delegate_to_aks=True)
