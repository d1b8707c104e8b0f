"""A subnet with a network security group of its own."""

from ipaddress import IPv4Network
from typing import Literal

from cdktf_cdktf_provider_azurerm.network_security_group import NetworkSecurityGroup
from cdktf_cdktf_provider_azurerm.network_security_rule import NetworkSecurityRule
from cdktf_cdktf_provider_azurerm.subnet import Subnet as SubnetResource
from cdktf_cdktf_provider_azurerm.subnet import SubnetDelegation, SubnetDelegationServiceDelegation
from cdktf_cdktf_provider_azurerm.subnet_network_security_group_association import (
    SubnetNetworkSecurityGroupAssociation,
)
from constructs import Construct

from constructs_lib import naming

FIRST_PRIORITY, LAST_PRIORITY = 100, 4096


class Subnet(Construct):
    """A subnet of a virtual network, and the security group that is its own.

    Attributes:
        resource: the subnet.
        security_group: its network security group, with Azure's default rules and those added.
        id: ARM id of the subnet.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        address_range: IPv4Network,
        virtual_network_name: str,
        resource_group_name: str,
        location: str,
        delegate_to_aks: bool = False,
    ) -> None:
        """Make the subnet.

        Args:
            scope: parent.
            id_: construct id.
            name: 1 to 76 characters; the security group adds ``-nsg``.
            address_range: a range inside the virtual network's.
            virtual_network_name: the network it is part of.
            resource_group_name: the network's resource group.
            location: the network's region.
            delegate_to_aks: reserve it for pods. AKS adds the delegation to a pod subnet by itself; left
                undeclared, every later plan would remove it, and that apply fails. Default: no.

        Raises:
            ValueError: Azure refuses the name.
        """
        super().__init__(scope, id_)
        self.resource = SubnetResource(
            self,
            "subnet",
            name=naming.SUBNET.check(name),
            resource_group_name=resource_group_name,
            virtual_network_name=virtual_network_name,
            address_prefixes=[str(address_range)],
            delegation=[_aks_delegation()] if delegate_to_aks else None,
        )
        self.security_group = NetworkSecurityGroup(
            self, "nsg", name=f"{name}-nsg", resource_group_name=resource_group_name, location=location
        )
        self.id: str = self.resource.id
        self._resource_group_name = resource_group_name
        SubnetNetworkSecurityGroupAssociation(
            self,
            "nsg-association",
            subnet_id=self.id,
            network_security_group_id=self.security_group.id,
        )

    def add_rule(
        self,
        name: str,
        *,
        priority: int,
        direction: Literal["Inbound", "Outbound"] = "Inbound",
        access: Literal["Allow", "Deny"] = "Allow",
        protocol: Literal["Tcp", "Udp", "Icmp", "*"] = "Tcp",
        source: str = "*",
        destination: str = "*",
        destination_port: str = "*",
    ) -> NetworkSecurityRule:
        """Add a rule to the security group.

        Args:
            name: of the rule, unique in this group; also its construct id.
            priority: 100 to 4096; lower numbers win.
            direction: traffic into the subnet or out of it. Default: into it.
            access: what happens to the traffic. Default: it may pass.
            protocol: default TCP.
            source: address range or service tag. Default: any.
            destination: address range or service tag. Default: any.
            destination_port: a port, a range ``8000-8080``, or ``*``. Default: any.

        Raises:
            ValueError: the priority is out of range.

        Source: https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview.
        """
        if not FIRST_PRIORITY <= priority <= LAST_PRIORITY:
            raise ValueError(f"rule {name}: priority is {priority}: use {FIRST_PRIORITY} to {LAST_PRIORITY}")
        return NetworkSecurityRule(
            self,
            name,
            name=name,
            resource_group_name=self._resource_group_name,
            network_security_group_name=self.security_group.name,
            priority=priority,
            direction=direction,
            access=access,
            protocol=protocol,
            source_address_prefix=source,
            source_port_range="*",
            destination_address_prefix=destination,
            destination_port_range=destination_port,
        )


def _aks_delegation() -> SubnetDelegation:
    # name and action as AKS itself writes them, so that the second plan is empty
    return SubnetDelegation(
        name="aks-delegation",
        service_delegation=SubnetDelegationServiceDelegation(
            name="Microsoft.ContainerService/managedClusters",
            actions=["Microsoft.Network/virtualNetworks/subnets/join/action"],
        ),
    )
