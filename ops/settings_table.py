"""Writes the README's table of settings from the settings model: ``python -m ops.settings_table``."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from types import NoneType
from typing import Any, Literal, Protocol, get_args, get_origin, runtime_checkable

from annotated_types import Ge, Le
from pydantic import AfterValidator
from pydantic.fields import FieldInfo

from constructs_lib.addressing import LARGEST_NETWORK, LARGEST_POD_SUBNET, LARGEST_SERVICE_RANGE, SMALLEST_SUBNET
from stacks.settings import Settings
from stacks.settings_loader import variable_of

README = Path(__file__).parent.parent / "README.md"
BEGIN = "<!-- settings: `make docs` writes this table from stacks/settings.py -->"
END = "<!-- end of settings -->"

LARGEST = {
    "vnet_range": LARGEST_NETWORK,
    "node_subnet_range": LARGEST_NETWORK,
    "pod_subnet_range": LARGEST_POD_SUBNET,
    "service_range": LARGEST_SERVICE_RANGE,
}
"""The shortest prefix that each range may have."""

IN_WORDS = {
    "environment": "name of a file in `environments/`",
    "location": "name of a region in `az account list-locations`",
    "tags": "50 tags at most; names to 512 characters without `< > % & \\ ? /`, values to 256",
    "kubernetes_version": "`1.x` or `1.x.y`",
    "zones": "any of `1`, `2`, `3`, or `none`",
    "other_preview_features": "names that `az feature list` shows, as `one,two`",
    "node_pools": "[pools](#add-a-node-pool) with different names",
    "state_organization": "text",
}
"""What a setting allows, where its type does not say it to people."""


class MarkersMissingError(Exception):
    """The file does not say where the table belongs; the message says what to do."""


@runtime_checkable
class _NameRule(Protocol):
    """Bounds and words of a name that Azure accepts."""

    shortest: int
    longest: int
    words: str


def table() -> str:
    """The table: one row for every field of the model, in its order."""
    rows = [
        (f"`{variable_of(name)}`", field.description or "", _default(field.default), _allowed(name, field))
        for name, field in Settings.model_fields.items()
    ]
    lines = [("Variable", "Meaning", "Default", "Allowed"), ("---",) * 4, *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |" for line in lines)


def updated(text: str) -> str:
    """The text with the table between its markers.

    Raises:
        MarkersMissingError: a marker is missing.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise MarkersMissingError(
            f"the markers of the settings table are missing: put {BEGIN} and {END} where it belongs"
        )
    return f"{before}{BEGIN}\n\n{table()}\n\n{END}{after}"


def main(arguments: Sequence[str] | None = None, *, readme: Path = README) -> int:
    """Rewrite the table, or say that it is stale; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m ops.settings_table", description=f"Write the table of settings into {readme.name}."
    )
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 if the table is stale")
    check: bool = parser.parse_args(arguments).check
    text = readme.read_text(encoding="utf-8")
    try:
        new = updated(text)
    except MarkersMissingError as error:
        print(f"{readme.name}: {error}", file=sys.stderr)
        return 1
    if new == text:
        return 0
    if check:
        print(f"{readme.name}: the table is not what stacks/settings.py says: run `make docs`", file=sys.stderr)
        return 1
    readme.write_text(new, encoding="utf-8")
    return 0


def _default(value: object) -> str:
    match value:
        case None:
            return "unset"
        case bool():
            return f"`{str(value).lower()}`"
        case tuple() | dict() if not value:
            return "none"
        case tuple():
            return f"`{','.join(str(part) for part in value)}`"  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] parts of any type
        case StrEnum():
            return f"`{value.value}`"
        case _:
            return f"`{value}`"


def _allowed(name: str, field: FieldInfo) -> str:
    said = IN_WORDS.get(name) or " ".join(_said_by_type(name, field))
    if not said:
        raise LookupError(f"{name}: its type does not say what it allows: add it to IN_WORDS")
    return said


def _said_by_type(name: str, field: FieldInfo) -> Iterator[str]:
    for type_, metadata in _parts(field.annotation, field.metadata):
        least = [bound.ge for bound in metadata if isinstance(bound, Ge)]
        most = [bound.le for bound in metadata if isinstance(bound, Le)]
        rules = [getattr(part.func, "__self__", None) for part in metadata if isinstance(part, AfterValidator)]
        if type_ is bool:
            yield "`true`, `false`"
        elif get_origin(type_) is Literal:
            yield _choice(get_args(type_))
        elif isinstance(type_, type) and issubclass(type_, StrEnum):
            yield _choice([member.value for member in type_])
        elif least and most:
            yield f"{least[0]} to {most[0]:,}"
        elif type_ is IPv4Network:
            yield f"IPv4 range, /{LARGEST[name]} to /{SMALLEST_SUBNET}"
        elif type_ is IPv4Address:
            yield "IPv4 address inside the service range, not its first or last"
        for rule in rules:
            if isinstance(rule, _NameRule):
                yield f"{rule.shortest} to {rule.longest} characters: {rule.words}"


def _parts(annotation: Any, metadata: Sequence[Any]) -> Iterator[tuple[Any, Sequence[Any]]]:
    """The type, or every type of ``X | None`` but None, each with what is annotated to it."""
    alternatives = [part for part in get_args(annotation) if part is not NoneType]
    if NoneType not in get_args(annotation):
        yield annotation, metadata
        return
    for alternative in alternatives:
        if hasattr(alternative, "__metadata__"):
            yield alternative.__origin__, [*metadata, *alternative.__metadata__]
        else:
            yield alternative, metadata


def _choice(values: Sequence[object]) -> str:
    return ", ".join(f"`{value}`" for value in values)


if __name__ == "__main__":
    sys.exit(main())
