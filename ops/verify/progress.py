"""Says on standard error what is going on, when it takes longer than a moment."""

import sys
from shutil import get_terminal_size
from threading import Event, Thread

from ops.verify.answers import one_line

QUIET = 2
"""Seconds before the first word."""
BETWEEN_LINES = 10
"""Seconds between two lines where a line cannot be replaced."""
REDRAW = 0.5
"""Seconds between two looks of the line where it can."""


class Progress:
    """What the run is busy with: one changing line on a terminal, a line now and then in a log.

    A thread tells it, since what takes long is most often a single answer that does not come.
    """

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._what = "starting"
        self._over = Event()
        self._thread = Thread(target=self._tell, daemon=True)
        self._thread.start()

    def say(self, what: str, *, important: bool = False) -> None:
        """Notes what is going on.

        Args:
            what: a few words.
            important: show it at once, also in a log.
        """
        self._what = what
        if important:
            self._print()

    def end(self) -> None:
        """Says no more, and takes the changing line away."""
        self._over.set()
        self._thread.join()
        if self._terminal:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def _tell(self) -> None:
        pause = QUIET
        while not self._over.wait(pause):
            self._print()
            pause = REDRAW if self._terminal else BETWEEN_LINES

    def _print(self) -> None:
        what = one_line(self._what)
        if self._terminal:
            # cut to the width: a line that wraps cannot be taken away again
            width = get_terminal_size().columns - 1
            print(f"\r\x1b[K{what[:width]}", end="", file=sys.stderr, flush=True)
        else:
            print(f"verify: {what}", file=sys.stderr, flush=True)
