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
        # the class is asked, since asking the object would be a message to Node for every construct
        taggable: Any = node
        kind: Any = taggable.__class__
        if hasattr(kind, "tags_input"):
            self._tag(taggable)
        if hasattr(kind, "default_node_pool"):
            self._tag(taggable.default_node_pool)

    def _tag(self, taggable: Any) -> None:
        taggable.tags = {**self._tags, **(taggable.tags_input or {})}
