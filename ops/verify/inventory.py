"""Every node with what runs there."""

from dataclasses import dataclass, field
from datetime import datetime

from ops.verify.examples import Examples
from ops.verify.subnets import Ip, Subnets

DAEMONS = frozenset({"azure-cns", "azure-ip-masq-agent", "azure-npm", "calico-node", "cilium", "kube-proxy"})
"""Daemonsets whose pods are looked for on every node."""


@dataclass(slots=True)
class NodeFacts:
    """One node.

    Attributes:
        name: the node's.
        listed: it was there when the nodes were listed; a pod may name one that joined since.
        pool: its node pool; empty if it does not say.
        windows: it runs Windows.
        virtual: it is not a machine, but stands for container instances.
        ready: it is ready.
        zone: its availability zone; empty if it does not say.
        addresses: its InternalIPs.
        host_pods, subnet_pods: pods that run with the node's address, and with one of their own.
        misplaced: pods among those whose address is not where it should be.
        waiting: pods without an address yet.
        ended: pods that ran to their end; they hold no address.
        daemons: daemonsets that have a ready pod here, of `DAEMONS`.
    """

    name: str
    listed: bool = True
    pool: str = ""
    windows: bool = False
    virtual: bool = False
    ready: bool = True
    zone: str = ""
    addresses: tuple[Ip, ...] = ()
    host_pods: int = 0
    subnet_pods: int = 0
    misplaced: int = 0
    waiting: int = 0
    ended: int = 0
    daemons: set[str] = field(default_factory=set[str])


@dataclass(slots=True)
class Inventory:
    """The nodes and what their pods add up to.

    Attributes:
        subnets: what addresses were judged by; None if that could not be found out, and they were not.
        now: the API server's clock.
        nodes: by name.
        daemons_seen: daemonsets of `DAEMONS` that have a pod anywhere.
        host_pods_elsewhere: host-network pods whose address is not their node's.
        pods_elsewhere: other pods whose address is not in the pod subnet of their node pool.
        without_address: pods without an address for longer than `PATIENCE`.
        unscheduled: pods without a node.
    """

    subnets: Subnets | None
    now: datetime
    nodes: dict[str, NodeFacts]
    daemons_seen: set[str] = field(default_factory=set[str])
    host_pods_elsewhere: Examples = field(default_factory=Examples)
    pods_elsewhere: Examples = field(default_factory=Examples)
    without_address: Examples = field(default_factory=Examples)
    unscheduled: int = 0

    @property
    def linux(self) -> list[NodeFacts]:
        """The Linux machines."""
        return [n for n in self.nodes.values() if n.listed and not n.windows and not n.virtual]
