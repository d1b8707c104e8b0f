"""Puts the same tags on everything that takes tags."""

from collections.abc import Mapping
from typing import Any

import jsii
from cdktf import IAspect
from constructs import IConstruct


@jsii.implements(IAspect)
class Tags:
    """An aspect that tags every resource below the construct it is applied to.

    A tag that a resource sets itself wins. A cluster's first node pool takes tags of its own.
    """

    def __init__(self, tags: Mapping[str, str]) -> None:
        """Keep the tags.

        Args:
            tags: values by name.
        """
        self._tags = dict(tags)

    def visit(self, node: IConstruct) -> None:
        """Tag one resource; cdktf calls this for every construct."""
        parts: tuple[Any, ...] = (node, getattr(node, "default_node_pool", None))
        for part in parts:
            if hasattr(part, "tags_input"):
                part.tags = {**self._tags, **(part.tags_input or {})}
