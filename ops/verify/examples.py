"""Counting what is wrong without keeping all of it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

SHOWN = 5
"""How many are kept to be shown."""


@dataclass
class Examples:
    """Counts what is wrong and keeps the first few to show, so that a large cluster costs no memory.

    Attributes:
        count: how many there are.
        shown: the first of them, in words.
    """

    count: int = 0
    shown: list[str] = field(default_factory=list[str])

    def add(self, words: str | Callable[[], str]) -> None:
        """Counts one more; the words are made only if they will be shown."""
        self.count += 1
        if len(self.shown) < SHOWN:
            self.shown.append(words if isinstance(words, str) else words())

    @classmethod
    def of(cls, words: Iterable[str]) -> "Examples":
        """Counts all of them."""
        examples = cls()
        for word in words:
            examples.add(word)
        return examples

    def __str__(self) -> str:
        more = self.count - len(self.shown)
        return "; ".join(self.shown) + (f"; and {more:,} more" if more else "")

    def __bool__(self) -> bool:
        return self.count > 0
