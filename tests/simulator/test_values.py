"""Values survive the wire, and what an apply must tell is told."""

import json

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.planning import plan
from simulator.values import UNKNOWN, Object, Value, conform, decode, encode, missing, settle
from simulator.wire import tfplugin6_pb2 as pb

Mode = pb.Schema.NestingMode

values: st.SearchStrategy[Value] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.just(UNKNOWN),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


def argument(
    name: str, type_: object = "string", *, required: bool = False, optional: bool = False, computed: bool = False
) -> pb.Schema.Attribute:
    return pb.Schema.Attribute(
        name=name, type=json.dumps(type_).encode(), required=required, optional=optional, computed=computed
    )


SUBNET = pb.Schema.Block(
    attributes=[
        argument("id", computed=True, optional=True),
        argument("name", required=True),
        argument("guid", computed=True),
        argument("ranges", ["list", "string"], computed=True),
        argument("tags", ["map", "string"], optional=True),
    ],
    block_types=[
        pb.Schema.NestedBlock(
            type_name="delegation",
            nesting=Mode.LIST,
            block=pb.Schema.Block(attributes=[argument("service", required=True), argument("state", computed=True)]),
        ),
        pb.Schema.NestedBlock(type_name="timeouts", nesting=Mode.SINGLE, block=pb.Schema.Block()),
    ],
)


@given(values)
def test_a_value_comes_back_from_the_wire_as_it_went(value: Value) -> None:
    assert decode(encode(value)) == value


@pytest.mark.parametrize("code", [0, 12])
def test_an_unknown_value_is_understood_with_and_without_refinements(code: int) -> None:
    wire = pb.DynamicValue(msgpack=msgpack.packb(msgpack.ExtType(code, b"\x81\x01\xc2")))
    assert decode(wire) is UNKNOWN


def test_an_extension_of_another_protocol_is_refused() -> None:
    with pytest.raises(ValueError, match="extension 7"):
        decode(pb.DynamicValue(msgpack=msgpack.packb(msgpack.ExtType(7, b""))))


def test_a_new_resource_is_planned_with_its_computed_values_unknown() -> None:
    proposed = conform(SUBNET, {"name": "pods", "delegation": [{"service": "aks"}]})
    planned, replacing = plan("azurerm_subnet", SUBNET, None, proposed)
    assert planned["guid"] is planned["id"] is UNKNOWN
    assert planned["tags"] is None
    assert planned["delegation"] == [{"service": "aks", "state": UNKNOWN}]
    assert replacing == []


def test_nothing_is_unknown_where_nothing_changes() -> None:
    prior = conform(SUBNET, {"id": "1", "name": "pods"})
    assert plan("azurerm_subnet", SUBNET, prior, dict(prior)) == (prior, [])


def test_a_changed_name_replaces_and_a_changed_tag_does_not() -> None:
    prior = conform(SUBNET, {"id": "1", "name": "pods", "guid": "g", "ranges": []})
    tagged: Object = {**prior, "tags": {"a": "b"}}
    assert plan("azurerm_subnet", SUBNET, prior, tagged)[1] == []
    _, replacing = plan("azurerm_subnet", SUBNET, prior, prior | {"name": "other"})
    assert [path.steps[0].attribute_name for path in replacing] == ["name"]


def test_what_was_unknown_is_told_by_the_service_or_the_plainest_value() -> None:
    planned, _ = plan("azurerm_subnet", SUBNET, None, conform(SUBNET, {"name": "pods"}))
    settled = settle(SUBNET, planned, {"id": "/subnets/pods", "name": "ignored: it was known"})
    assert settled == {
        "id": "/subnets/pods",
        "name": "pods",
        "guid": "simulated-guid",
        "ranges": [],
        "tags": None,
        "delegation": [],
        "timeouts": None,
    }


def test_required_arguments_that_are_null_are_named_at_any_depth() -> None:
    value = conform(SUBNET, {"delegation": [{"service": None}]})
    assert list(missing(SUBNET, value)) == ["name", "service"]
