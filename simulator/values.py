"""Terraform values: how they travel (msgpack), and what a plan makes of the ones not known yet."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias, cast

import msgpack

from simulator.wire import tfplugin6_pb2 as pb

Mode = pb.Schema.NestingMode


class Unknown:
    """A value that only an apply will tell."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()

Value: TypeAlias = "bool | int | float | str | Unknown | list[Value] | dict[str, Value] | None"
Object: TypeAlias = dict[str, "Value"]
Json: TypeAlias = dict[str, Any]
"""What the simulated APIs answer with."""

_UNKNOWN_EXTENSIONS = (0, 12)  # 12 carries refinements, which a provider may ignore


def _to_unknown(code: int, _data: bytes) -> Unknown:
    if code not in _UNKNOWN_EXTENSIONS:
        raise ValueError(f"msgpack extension {code} is not part of Terraform's protocol")
    return UNKNOWN


def _from_unknown(value: object) -> msgpack.ExtType:
    if not isinstance(value, Unknown):
        raise TypeError(f"a Terraform value cannot hold {type(value).__name__}")
    return msgpack.ExtType(0, b"\0")


def decode(value: pb.DynamicValue) -> Value:
    """Read a value as core sends it: objects as dicts, lists and sets as lists."""
    if value.msgpack:
        return cast("Value", msgpack.unpackb(value.msgpack, ext_hook=_to_unknown))
    return cast("Value", json.loads(value.json)) if value.json else None


def decode_object(value: pb.DynamicValue) -> Object | None:
    """Read a resource's value; None stands for a resource that does not exist."""
    found = decode(value)
    if found is None or isinstance(found, dict):
        return found
    raise ValueError(f"expected an object, got {type(found).__name__}")


def encode(value: Value) -> pb.DynamicValue:
    """Write a value for core."""
    return pb.DynamicValue(msgpack=msgpack.packb(value, default=_from_unknown))


def objects(value: Value) -> list[Object]:
    """The nested blocks in a value, whatever their nesting mode."""
    if isinstance(value, dict):
        return [value]
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def strings(value: Value) -> Iterable[str]:
    """Every string in a value, at any depth."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from strings(each)
    elif isinstance(value, dict):
        yield from strings(list(value.values()))


def empty(block: pb.Schema.Block) -> Object:
    """The value of a block in which nothing is set."""
    result: Object = {each.name: None for each in block.attributes}
    for nested in block.block_types:
        result[nested.type_name] = None if nested.nesting == Mode.SINGLE else []
    return result


def missing(block: pb.Schema.Block, value: Object) -> Iterator[str]:
    """Names of the required arguments that are null."""
    for attribute in block.attributes:
        if attribute.required and value[attribute.name] is None:
            yield attribute.name
    for nested in block.block_types:
        for each in objects(value[nested.type_name]):
            yield from missing(nested.block, each)


def conform(block: pb.Schema.Block, value: Object) -> Object:
    """A copy that has every argument of the block, those not mentioned being unset."""
    result = empty(block) | value
    for nested in block.block_types:
        result[nested.type_name] = _each(
            result[nested.type_name], lambda item, inner=nested.block: conform(inner, item)
        )
    return result


def mark_computed(block: pb.Schema.Block, value: Object) -> Object:
    """A copy in which every computed argument that has no value is unknown."""
    result = _mark_attributes(block.attributes, value)
    for nested in block.block_types:
        result[nested.type_name] = _each(
            value[nested.type_name], lambda item, inner=nested.block: mark_computed(inner, item)
        )
    return result


def _mark_attributes(attributes: Iterable[pb.Schema.Attribute], value: Object) -> Object:
    result = dict(value)
    for each in attributes:
        if each.computed and value[each.name] is None:
            result[each.name] = UNKNOWN
        elif each.HasField("nested_type"):
            inner = each.nested_type.attributes
            result[each.name] = _each(value[each.name], lambda item, inner=inner: _mark_attributes(inner, item))
    return result


def settle(block: pb.Schema.Block, value: Object, told: Mapping[str, Value]) -> Object:
    """A copy in which what was unknown is what the service `told`, or the plainest valid value."""
    result = _settle_attributes(block.attributes, value, told)
    for nested in block.block_types:
        name = nested.type_name
        found = told.get(name, []) if value[name] is UNKNOWN else value[name]
        result[name] = _each(found, lambda item, inner=nested.block: settle(inner, item, {}))
    return result


def _settle_attributes(attributes: Iterable[pb.Schema.Attribute], value: Object, told: Mapping[str, Value]) -> Object:
    result = dict(value)
    for each in attributes:
        if value[each.name] is UNKNOWN:
            found = told.get(each.name, _plainest(each))
            result[each.name] = _fit(json.loads(each.type), found) if each.type else found
        elif each.HasField("nested_type"):
            inner = each.nested_type.attributes
            result[each.name] = _each(value[each.name], lambda item, inner=inner: _settle_attributes(inner, item, {}))
    return result


def _fit(kind: Any, value: Value) -> Value:
    """A value cut to a type: a data source may tell less of an object than its resource does."""
    if isinstance(value, list):
        return [_fit(kind[1], item) for item in value]
    if isinstance(value, dict) and kind[0] == "object":
        return {name: _fit(inner, value.get(name)) for name, inner in kind[1].items()}
    return value


def _plainest(attribute: pb.Schema.Attribute) -> Value:
    if attribute.optional:
        return None
    if attribute.HasField("nested_type"):
        return None if attribute.nested_type.nesting == Mode.SINGLE else []
    kind = json.loads(attribute.type)
    plain: dict[str, Value] = {"string": f"simulated-{attribute.name}", "number": 0, "bool": False}
    return plain[kind] if isinstance(kind, str) else {} if kind[0] == "map" else []


def _each(value: Value, change: Callable[[Object], Object]) -> Value:
    if isinstance(value, dict):
        return change(value)
    if isinstance(value, list):
        return [change(item) if isinstance(item, dict) else item for item in value]
    return value
