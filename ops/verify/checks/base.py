"""What a check is: a question put to the facts, answered by findings."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ops.verify.facts import Facts
from ops.verify.report import Finding, Level, Table

Evidence = Iterator[Finding | Table]


@dataclass(frozen=True, kw_only=True)
class Check:
    """One assertion about the cluster.

    Attributes:
        name: one word, for `--only` and `--skip`.
        asserts: what it asserts, in words.
        run: finds the evidence; whatever it cannot find out it leaves to `Unanswered`.
    """

    name: str
    asserts: str
    run: Callable[[Facts], Evidence]


class NothingToCheckError(Exception):
    """The cluster has no such thing, and was not asked to have it."""


def held(message: str) -> Finding:
    """Something is as it should be."""
    return Finding(Level.HELD, message)


def failed(message: str) -> Finding:
    """Something is not as it should be."""
    return Finding(Level.FAILED, message)


def warned(message: str) -> Finding:
    """Something works, and is likely not to be what was meant, or not to last."""
    return Finding(Level.WARNED, message)


def noted(message: str) -> Finding:
    """Something worth knowing that is neither right nor wrong."""
    return Finding(Level.NOTED, message)


def not_checked(message: str) -> Finding:
    """Something that could not be found out."""
    return Finding(Level.NOT_CHECKED, message)
