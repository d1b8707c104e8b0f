"""Addresses of subnets, handed out the way Azure does."""

from collections.abc import Iterator
from ipaddress import ip_network
from itertools import chain, islice

from simulator.cloud import World
from simulator.values import strings

_KEPT_BY_AZURE = 3  # the gateway and two for its DNS, besides the network's own and the broadcast address


class Addresses:
    """What every subnet of the cloud still has to give, lowest first.

    Nothing is remembered: the same cloud gives the same addresses to the same things, as long as they ask in the
    same order.
    """

    def __init__(self, world: World) -> None:
        self._left: dict[str, Iterator[str]] = {
            subnet.id.lower(): chain.from_iterable(
                map(_usable, strings(subnet.attributes["address_prefixes"])),
            )
            for subnet in world.of_type("azurerm_subnet")
        }

    def take(self, subnet: str, count: int) -> list[str]:
        """The next addresses of a subnet: fewer than asked for when it is full, none if there is no such subnet."""
        return list(islice(self._left.get(subnet.lower(), iter(())), count))


def _usable(range_: str) -> Iterator[str]:
    return map(str, islice(ip_network(range_).hosts(), _KEPT_BY_AZURE, None))
