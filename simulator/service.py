"""What a simulated provider needs of the service behind it."""

from typing import Protocol

from simulator.values import Object
from simulator.wire import tfplugin6_pb2 as pb


class Service(Protocol):
    """A service; each method may raise `RefusedError`, whose text the user sees as Terraform's error."""

    def configure(self, config: Object, /) -> None:
        """Take the provider's configuration, in which much may still be unknown."""
        ...

    def check(self, type_name: str, planned: Object, /) -> None:
        """Refuse what the provider's own code would refuse at plan."""
        ...

    def create(self, type_name: str, block: pb.Schema.Block, planned: Object, /) -> Object:
        """Make a resource and return all of its attributes."""
        ...

    def update(self, type_name: str, block: pb.Schema.Block, prior: Object, planned: Object, /) -> Object:
        """Change a resource in place and return all of its attributes."""
        ...

    def delete(self, type_name: str, prior: Object, /) -> None:
        """Remove a resource."""
        ...

    def read(self, type_name: str, state: Object, /) -> Object | None:
        """Return a resource's attributes, None if it does not exist."""
        ...

    def find(self, type_name: str, block: pb.Schema.Block, id_: str, /) -> Object:
        """Return the least that `read` needs of a resource to be imported."""
        ...

    def look_up(self, type_name: str, block: pb.Schema.Block, config: Object, /) -> Object:
        """Answer a data source."""
        ...
