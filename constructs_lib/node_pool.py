"""A node pool, as the cluster is asked for it and as the address plan counts it."""

import math
import re
from dataclasses import dataclass

from constructs_lib import naming

FEWEST_PODS, MOST_PODS = 10, 250
"""Bounds of ``max_pods``: https://learn.microsoft.com/azure/aks/quotas-skus-regions."""
MOST_NODES = 1000
"""Nodes in one node pool: https://learn.microsoft.com/azure/aks/quotas-skus-regions."""
ROOM_FOR_PODS = 30
"""Pods a node pool must have room for at least: https://learn.microsoft.com/azure/aks/azure-cni-overview."""
ZONES = ("1", "2", "3")
ROTATION_SUFFIX = "tmp"


def checked_surge(max_surge: str) -> str:
    """Return how many extra nodes an upgrade may use, if AKS accepts it: ``"1"`` or ``"10%"``.

    Source: https://learn.microsoft.com/azure/aks/upgrade-aks-node-pools-rolling.

    Raises:
        ValueError: it is neither a number of nodes nor a share of them.
    """
    if re.fullmatch(r"[1-9]\d*|([1-9]\d?|100)%", max_surge):
        return max_surge
    raise ValueError(f"{max_surge!r}: use a number of nodes or 1% to 100%")


@dataclass(frozen=True, kw_only=True)
class NodePool:
    """A pool of Linux nodes of one size.

    Attributes:
        name: 1 to 12 lower-case letters and digits.
        vm_size: Azure's name of the machine size, as ``az vm list-skus`` shows it.
        node_count: nodes, 1 to 1000; with autoscaling, the fewest.
        node_count_max: nodes at most; set, it turns the cluster autoscaler on. Default: no autoscaling.
        max_pods: pods a node may run, host-network ones included, 10 to 250. Default: 110, as in AKS.
        max_surge: extra nodes while the pool is upgraded, a number ("1") or a share ("10%"). Default: 10%.
            Left to AKS it drifts from plan to plan.
        zones: availability zones the nodes are spread over; empty where a region has none. Default: 1, 2, 3.

    Raises:
        ValueError: a value is out of its range; the message names every one.
    """

    name: str
    vm_size: str
    node_count: int = 3
    node_count_max: int | None = None
    max_pods: int = 110
    max_surge: str = "10%"
    zones: tuple[str, ...] = ZONES

    def __post_init__(self) -> None:
        if problems := self._problems():
            raise ValueError("; ".join(problems))

    def _problems(self) -> list[str]:
        problems: list[str] = []
        for rule, name in ((naming.NODE_POOL, self.name), (naming.VM_SIZE, self.vm_size)):
            try:
                rule.check(name)
            except ValueError as error:
                problems.append(str(error))
        if not 1 <= self.node_count <= MOST_NODES:
            problems.append(f"node_count is {self.node_count}: use 1 to {MOST_NODES}")
        if self.node_count_max is not None and not (self.node_count <= self.node_count_max <= MOST_NODES):
            problems.append(
                f"node_count_max is {self.node_count_max}:"
                f" use node_count ({self.node_count}) to {MOST_NODES}, or leave it out for no autoscaling"
            )
        if not FEWEST_PODS <= self.max_pods <= MOST_PODS:
            problems.append(f"max_pods is {self.max_pods}: use {FEWEST_PODS} to {MOST_PODS}")
        elif self.node_count >= 1 and self.node_count * self.max_pods < ROOM_FOR_PODS:
            problems.append(
                f"{self.node_count} nodes with max_pods {self.max_pods} have no room for {ROOM_FOR_PODS} pods,"
                " which AKS asks of every pool: use more of either"
            )
        try:
            checked_surge(self.max_surge)
        except ValueError as error:
            problems.append(f"max_surge is {error}")
        if unknown := sorted(set(self.zones) - set(ZONES)):
            problems.append(f"zones has {', '.join(unknown)}: use any of {', '.join(ZONES)}")
        return problems

    @property
    def autoscales(self) -> bool:
        """Whether the cluster autoscaler decides how many nodes there are."""
        return self.node_count_max is not None

    @property
    def rotation_name(self) -> str:
        """Name of the pool that stands in while a change of size, zones or subnets makes this one anew."""
        return f"{self.name[: naming.NODE_POOL.longest - len(ROTATION_SUFFIX)]}{ROTATION_SUFFIX}"

    @property
    def most_nodes(self) -> int:
        """Nodes the pool can have outside an upgrade."""
        return self.node_count_max or self.node_count

    @property
    def surge_nodes(self) -> int:
        """Nodes more at most while the pool is upgraded; AKS rounds a share up.

        Source: https://learn.microsoft.com/azure/aks/upgrade-aks-node-pools-rolling.
        """
        if self.max_surge.endswith("%"):
            return math.ceil(self.most_nodes * int(self.max_surge[:-1]) / 100)
        return int(self.max_surge)
