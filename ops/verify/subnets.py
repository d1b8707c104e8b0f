"""Where the addresses of nodes and pods must come from."""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

from ops.verify.arm import Network

Ip = IPv4Address | IPv6Address


@dataclass(frozen=True, kw_only=True)
class PoolSubnets:
    """Where the addresses of a pool's nodes and pods must come from."""

    node: tuple[Network, ...]
    pod: tuple[Network, ...]


@dataclass(frozen=True, kw_only=True)
class Subnets:
    """Where the addresses of every pool must come from.

    Attributes:
        pools: by the pool's name.
        anywhere: of all pools together, for nodes that say no pool.
        source: who said so.
    """

    pools: dict[str, PoolSubnets]
    anywhere: PoolSubnets
    source: str

    def of(self, pool: str) -> PoolSubnets:
        """Those of one pool."""
        return self.pools.get(pool, self.anywhere)


def is_within(addresses: Iterable[Ip], ranges: tuple[Network, ...]) -> bool:
    """Whether every address is in one of the ranges."""
    return all(any(address in range_ for range_ in ranges) for address in addresses)
