"""Says on standard error what is going on, when it takes longer than a moment."""

import sys
import time

QUIET = 2
"""Seconds before the first word."""
BETWEEN_LINES = 10
"""Seconds between two lines where a line cannot be replaced."""


class Progress:
    """What the run is busy with: one changing line on a terminal, a line now and then in a log."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._next = time.monotonic() + QUIET
        self._drawn = False

    def say(self, what: str, *, important: bool = False) -> None:
        """Shows what is going on.

        Args:
            what: a few words.
            important: show it at once, also in a log.
        """
        now = time.monotonic()
        if now < self._next and not important:
            return
        if self._terminal:
            print(f"\r\x1b[K{what}", end="", file=sys.stderr, flush=True)
            self._drawn = True
            return
        print(f"verify: {what}", file=sys.stderr, flush=True)
        self._next = now + BETWEEN_LINES

    def clear(self) -> None:
        """Takes the changing line away."""
        if self._drawn:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
            self._drawn = False
