"""Schemas read back from the bindings are those of the providers the bindings were made from."""

import json
from pathlib import Path

import pytest

from simulator.schema import BINDINGS, cached, provider_version
from simulator.typescript import SchemaError, Source
from simulator.wire import tfplugin6_pb2 as pb
from tests.simulator.services import schemas as read_schemas

Mode = pb.Schema.NestingMode


@pytest.fixture(scope="module")
def schemas() -> dict[str, pb.ProviderSchema]:
    return {name: read_schemas(name) for name in BINDINGS}


@pytest.fixture(scope="module")
def cluster(schemas: dict[str, pb.ProviderSchema]) -> pb.Schema.Block:
    return schemas["azurerm"].resource_schemas["azurerm_kubernetes_cluster"].block


@pytest.fixture(scope="module")
def release(schemas: dict[str, pb.ProviderSchema]) -> pb.Schema.Block:
    return schemas["helm"].resource_schemas["helm_release"].block


def attribute(block: pb.Schema.Block, name: str) -> pb.Schema.Attribute:
    return next(each for each in block.attributes if each.name == name)


def nested(block: pb.Schema.Block, name: str) -> pb.Schema.NestedBlock:
    return next(each for each in block.block_types if each.type_name == name)


def test_every_type_of_both_bindings_is_there(schemas: dict[str, pb.ProviderSchema]) -> None:
    assert len(schemas["azurerm"].resource_schemas) == 1127
    assert len(schemas["azurerm"].data_source_schemas) == 399
    assert list(schemas["helm"].resource_schemas) == ["helm_release"]
    assert provider_version(BINDINGS["azurerm"]) == "4.55.0"
    assert provider_version(BINDINGS["helm"]) == "3.1.1"


@pytest.mark.parametrize(
    ("name", "type_", "flags"),
    [
        ("location", "string", "required"),
        ("tags", ["map", "string"], "optional"),
        ("kubernetes_version", "string", "optional computed"),
        ("fqdn", "string", "computed"),
        ("kube_config_raw", "string", "computed sensitive"),
        ("local_account_disabled", "bool", "optional"),
        ("image_cleaner_interval_hours", "number", "optional"),
    ],
)
def test_an_argument_has_its_type_and_flags(cluster: pb.Schema.Block, name: str, type_: object, flags: str) -> None:
    found = attribute(cluster, name)
    assert json.loads(found.type) == type_
    held = [flag for flag in ("required", "optional", "computed", "sensitive") if getattr(found, flag)]
    assert " ".join(held) == flags


def test_objects_that_only_azure_sets_are_attributes_of_an_object_type(cluster: pb.Schema.Block) -> None:
    kind, (inner, members) = json.loads(attribute(cluster, "kube_config").type)
    assert (kind, inner) == ("list", "object")
    assert members["client_key"] == "string"


@pytest.mark.parametrize(
    ("name", "mode", "fewest", "most"),
    [
        ("default_node_pool", Mode.LIST, 1, 1),
        ("network_profile", Mode.LIST, 0, 1),
        ("timeouts", Mode.SINGLE, 0, 0),
    ],
)
def test_a_block_has_its_nesting_and_counts(
    cluster: pb.Schema.Block, name: str, mode: Mode, fewest: int, most: int
) -> None:
    block = nested(cluster, name)
    assert (block.nesting, block.min_items, block.max_items) == (mode, fewest, most)


def test_sets_are_told_from_lists(cluster: pb.Schema.Block) -> None:
    pool = nested(cluster, "default_node_pool").block
    assert json.loads(attribute(pool, "zones").type) == ["set", "string"]
    assert nested(nested(cluster, "maintenance_window").block, "allowed").nesting == Mode.SET


def test_a_framework_providers_objects_are_nested_attributes(release: pb.Schema.Block) -> None:
    assert not release.block_types
    assert attribute(release, "set").nested_type.nesting == Mode.LIST
    assert attribute(release, "metadata").nested_type.nesting == Mode.SINGLE


def test_an_accessor_that_is_not_known_fails_loudly() -> None:
    text = """
export class Thing extends cdktf.TerraformResource {
  public static readonly tfResourceType = "azurerm_thing";
  // shape - computed: true, optional: false, required: false
  public get shape() {
    return this.getQuaternionAttribute('shape');
  }
}
"""
    with pytest.raises(SchemaError, match="shape: unknown accessor"):
        Source(text, nested_attributes=False).schema()


def test_a_cached_schema_is_not_derived_again(tmp_path: Path) -> None:
    first = cached(BINDINGS["helm"], tmp_path)
    first.write_bytes(b"kept")
    assert cached(BINDINGS["helm"], tmp_path).read_bytes() == b"kept"
