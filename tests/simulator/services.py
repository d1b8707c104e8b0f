"""The simulated services, driven as Terraform would drive them but without it."""

from functools import cache

from simulator import schema
from simulator.access import Access
from simulator.mirror import CACHE
from simulator.planning import plan
from simulator.service import Service
from simulator.values import Object, Value, conform
from simulator.wire import tfplugin6_pb2 as pb

ACCESS = Access(url="https://127.0.0.1:1", authority="a", certificate="c", key="k", token="t")  # noqa: S106 - opens nothing
SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"


@cache
def schemas(provider: str) -> pb.ProviderSchema:
    return pb.ProviderSchema.FromString(schema.cached(schema.BINDINGS[provider], CACHE).read_bytes())


def block_of(type_name: str) -> pb.Schema.Block:
    provider = type_name.partition("_")[0]
    return schemas("helm" if provider == "helm" else "azurerm").resource_schemas[type_name].block


def make(service: Service, type_name: str, **arguments: Value) -> Object:
    block = block_of(type_name)
    planned, _ = plan(type_name, block, None, conform(block, arguments))
    service.check(type_name, planned)
    return service.create(type_name, block, planned)


def change(service: Service, type_name: str, prior: Object, **arguments: Value) -> Object:
    block = block_of(type_name)
    planned, _ = plan(type_name, block, prior, prior | arguments)
    service.check(type_name, planned)
    return service.update(type_name, block, prior, planned)
