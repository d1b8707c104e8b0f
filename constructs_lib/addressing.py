"""Plans the addresses of a cluster with Azure CNI pod subnets, before anything is deployed.

Pure arithmetic: nothing here knows of cdktf, so a plan can be made and tested by itself.

Sources: https://learn.microsoft.com/azure/aks/ followed by configure-azure-cni-dynamic-ip-allocation (how nodes
take addresses), concepts-network-ip-address-planning (sizes) and configure-azure-cni (ranges); reserved
addresses: https://learn.microsoft.com/azure/virtual-network/virtual-networks-faq.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from itertools import combinations

from constructs_lib.node_pool import NodePool

RESERVED_IN_SUBNET = 5
"""Addresses Azure keeps for itself in every subnet: the first four and the last."""
POD_BATCH = 16
"""Addresses a node takes from the pod subnet at a time."""
FREE_POD_ADDRESSES = 8
"""A node with fewer addresses to spare than this takes another batch."""
LARGEST_POD_SUBNET = 16
LARGEST_SERVICE_RANGE = 13
LARGEST_NETWORK, SMALLEST_SUBNET = 8, 29
MOST_ADDRESSES = 65_536
"""Addresses that may be in use in one virtual network."""

RESERVED_RANGES = {
    IPv4Network("0.0.0.0/8"): "it is not routable",
    IPv4Network("127.0.0.0/8"): "it is the loopback range",
    IPv4Network("168.63.129.16/32"): "Azure's own services answer there",
    IPv4Network("169.254.0.0/16"): "it is link-local, and AKS uses it",
    IPv4Network("172.30.0.0/16"): "AKS uses it",
    IPv4Network("172.31.0.0/16"): "AKS uses it",
    IPv4Network("192.0.2.0/24"): "AKS uses it",
    IPv4Network("224.0.0.0/4"): "it is the multicast range",
    IPv4Network("240.0.0.0/4"): "it is not routable",
}


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something wrong, or risky, with one part of a plan.

    Attributes:
        subject: the attribute of `AddressPlan` to change.
        message: what is wrong and what to do about it.
    """

    subject: str
    message: str

    def __str__(self) -> str:
        return f"{self.subject}: {self.message}"


@dataclass(frozen=True, kw_only=True)
class AddressPlan:
    """The ranges of a cluster and the node pools that draw from them.

    A range that is None is not known; the rules about it are left out.

    Attributes:
        network: address space of the virtual network.
        node_subnet: where nodes and host-network pods get their addresses.
        pod_subnet: where every other pod gets its address; shared by the node pools.
        service_range: virtual addresses of Kubernetes services; never seen on the network.
        dns_service_ip: the cluster's DNS service, inside the service range.
        node_pools: every pool that uses the two subnets.
    """

    network: IPv4Network | None = None
    node_subnet: IPv4Network | None = None
    pod_subnet: IPv4Network | None = None
    service_range: IPv4Network | None = None
    dns_service_ip: IPv4Address | None = None
    node_pools: tuple[NodePool, ...] = ()

    def problems(self) -> list[Finding]:
        """Everything that Azure or AKS would refuse, or that would leave pods without an address."""
        return [
            *self._reserved(),
            *self._sizes(),
            *self._outside_the_network(),
            *self._overlaps(),
            *self._dns(),
            *self._too_small(),
            *self._too_many(),
        ]

    def check(self) -> None:
        """Refuse a plan that has problems.

        Raises:
            ValueError: with every problem, each with the part of the plan it is about.
        """
        if problems := self.problems():
            raise ValueError("; ".join(map(str, problems)))

    def warnings(self) -> list[Finding]:
        """What works today and is likely to fail on a later change."""
        if not self.node_pools or self.problems():
            return []
        largest = max(self.node_pools, key=lambda pool: pool.most_nodes * addresses_per_node(pool))
        demands = {
            "node_subnet": self.node_addresses + largest.most_nodes,
            "pod_subnet": self.pod_addresses + largest.most_nodes * addresses_per_node(largest),
        }
        return [
            Finding(
                subject=subject,
                message=f"{subnet} cannot hold node pool {largest.name} twice, which is what a change of its machine"
                f" size, zones or subnets needs for a while ({needed:,} addresses): {_larger(subject, needed)}",
            )
            for subject, needed in demands.items()
            if (subnet := self._ranges().get(subject)) and needed > usable_addresses(subnet)
        ]

    @property
    def node_addresses(self) -> int:
        """Addresses of the node subnet in use with every pool at its most, surge included."""
        return sum(pool.most_nodes + pool.surge_nodes for pool in self.node_pools)

    @property
    def pod_addresses(self) -> int:
        """Addresses of the pod subnet in use with every node full, surge included."""
        return sum((pool.most_nodes + pool.surge_nodes) * addresses_per_node(pool) for pool in self.node_pools)

    def _ranges(self) -> dict[str, IPv4Network]:
        ranges = {
            "network": self.network,
            "node_subnet": self.node_subnet,
            "pod_subnet": self.pod_subnet,
            "service_range": self.service_range,
        }
        return {subject: range_ for subject, range_ in ranges.items() if range_ is not None}

    def _reserved(self) -> Iterator[Finding]:
        for subject, range_ in self._ranges().items():
            for reserved, why in RESERVED_RANGES.items():
                if range_.overlaps(reserved):
                    yield Finding(
                        subject=subject,
                        message=f"{range_} overlaps {reserved}, which cannot be used ({why}):"
                        " choose another range of 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16",
                    )

    def _sizes(self) -> Iterator[Finding]:
        largest = {
            "network": LARGEST_NETWORK,
            "node_subnet": LARGEST_NETWORK,
            "pod_subnet": LARGEST_POD_SUBNET,
            "service_range": LARGEST_SERVICE_RANGE,
        }
        for subject, range_ in self._ranges().items():
            if not largest[subject] <= range_.prefixlen <= SMALLEST_SUBNET:
                yield Finding(
                    subject=subject,
                    message=f"{range_} has the wrong size: use /{largest[subject]} to /{SMALLEST_SUBNET}",
                )

    def _outside_the_network(self) -> Iterator[Finding]:
        if self.network is None:
            return
        for subject in ("node_subnet", "pod_subnet"):
            subnet = self._ranges().get(subject)
            if subnet and not subnet.subnet_of(self.network):
                yield Finding(
                    subject=subject,
                    message=f"{subnet} is not inside the virtual network {self.network}:"
                    " choose a range inside it, or widen the network",
                )

    def _overlaps(self) -> Iterator[Finding]:
        for (subject, range_), (other_subject, other) in combinations(self._ranges().items(), 2):
            subnet_of_network = subject == "network" and other_subject != "service_range"
            if subnet_of_network or not range_.overlaps(other):
                continue
            yield Finding(
                subject=other_subject,
                message=f"{other} overlaps the {subject.replace('_', ' ')} {range_}:"
                " choose ranges that have no address in common",
            )

    def _dns(self) -> Iterator[Finding]:
        if self.service_range is None or self.dns_service_ip is None or self.service_range.prefixlen > SMALLEST_SUBNET:
            return
        first, last = self.service_range[1], self.service_range[-1]
        if not first < self.dns_service_ip < last:
            yield Finding(
                subject="dns_service_ip",
                message=f"{self.dns_service_ip} must lie inside the service range {self.service_range}, after its"
                f" first address {first}, which the API server takes, and before its last:"
                f" use {usual_dns_ip(self.service_range)}",
            )

    def _too_small(self) -> Iterator[Finding]:
        for subject, needed, of_what in (
            ("node_subnet", self.node_addresses, "nodes"),
            ("pod_subnet", self.pod_addresses, "pods"),
        ):
            subnet = self._ranges().get(subject)
            if subnet and needed > usable_addresses(subnet):
                pools = " + ".join(_demand(pool, of_what) for pool in self.node_pools)
                yield Finding(
                    subject=subject,
                    message=f"{subnet} has {usable_addresses(subnet):,} usable addresses, the {of_what} can need"
                    f" {needed:,} ({pools}): {_larger(subject, needed)}",
                )

    def _too_many(self) -> Iterator[Finding]:
        needed = self.node_addresses + self.pod_addresses
        # pods alone that need so many are too many for any pod subnet, which is said already
        if self.network and self.pod_addresses <= MOST_ADDRESSES < needed:
            yield Finding(
                subject="network",
                message=f"nodes and pods can need {needed:,} addresses, and a virtual network has {MOST_ADDRESSES:,} in"
                " use at most: use fewer nodes or pods a node",
            )


def addresses_per_node(pool: NodePool) -> int:
    """Addresses of the pod subnet that a full node of the pool holds.

    Conservative: pods on the host network count in ``max_pods`` but take no address here.
    """
    return POD_BATCH * -(-(pool.max_pods + FREE_POD_ADDRESSES) // POD_BATCH)


def usable_addresses(subnet: IPv4Network) -> int:
    """Addresses of a subnet that Azure gives out."""
    return max(0, subnet.num_addresses - RESERVED_IN_SUBNET)


def usual_dns_ip(service_range: IPv4Network) -> IPv4Address:
    """The address AKS clusters give their DNS by custom: the tenth of the service range."""
    return service_range[min(10, service_range.num_addresses - 2)]


def _larger(subject: str, addresses: int) -> str:
    fewer = "fewer nodes or pods a node" if subject == "pod_subnet" else "fewer nodes"
    prefix = 32 - (addresses + RESERVED_IN_SUBNET - 1).bit_length()
    if subject == "pod_subnet" and prefix < LARGEST_POD_SUBNET:
        return f"a pod subnet is /{LARGEST_POD_SUBNET} at most, so use {fewer}, or a pool with a pod subnet of its own"
    return f"use /{prefix} or larger, or {fewer}"


def _demand(pool: NodePool, of_what: str) -> str:
    nodes = f"{pool.name}: {pool.most_nodes} nodes + {pool.surge_nodes} surge"
    return f"({nodes}) x {addresses_per_node(pool)}" if of_what == "pods" else nodes
