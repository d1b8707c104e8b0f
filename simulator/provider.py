"""A Terraform provider, whatever service is behind it: protocol messages in, service calls out."""

import sys
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import grpc

from simulator import tables
from simulator.cloud import RefusedError
from simulator.planning import plan
from simulator.service import Service
from simulator.values import Object, decode_object, encode, missing
from simulator.wire import tfplugin6_pb2 as pb


class Provider:
    """The methods of `tfplugin6.Provider`.

    Args:
        service: what the resources live in.
        schema_file: a serialized `ProviderSchema`.
    """

    def __init__(self, service: Service, schema_file: Path) -> None:
        self._service = service
        self._schema_bytes = schema_file.read_bytes()
        self._schema = pb.ProviderSchema.FromString(self._schema_bytes)

    def handler(self) -> grpc.GenericRpcHandler:
        """The gRPC service, to be registered with a server."""
        methods: dict[str, tuple[Any, Any, Callable[[Any], Any]]] = {
            "ValidateProviderConfig": (
                pb.ProviderConfigRequest,
                pb.ProviderConfigResponse,
                _nothing,
            ),
            "ValidateResourceConfig": (pb.ConfigRequest, pb.Diagnostics, self.validate),
            "ValidateDataResourceConfig": (pb.ConfigRequest, pb.Diagnostics, _nothing),
            "UpgradeResourceState": (pb.UpgradeRequest, pb.UpgradeResponse, self.upgrade),
            "ConfigureProvider": (pb.ConfigRequest, pb.Diagnostics, self.configure),
            "ReadResource": (pb.ReadRequest, pb.ReadResponse, self.read),
            "PlanResourceChange": (pb.PlanRequest, pb.PlanResponse, self.plan),
            "ApplyResourceChange": (pb.ApplyRequest, pb.ApplyResponse, self.apply),
            "ImportResourceState": (pb.ImportRequest, pb.ImportResponse, self.import_),
            "ReadDataSource": (pb.ConfigRequest, pb.DataResponse, self.look_up),
            "StopProvider": (pb.Empty, pb.Empty, _nothing),
        }
        handlers = {
            name: grpc.unary_unary_rpc_method_handler(
                partial(_answer, method, response),
                request_deserializer=request.FromString,
                response_serializer=response.SerializeToString,
            )
            for name, (request, response, method) in methods.items()
        }
        handlers["GetProviderSchema"] = grpc.unary_unary_rpc_method_handler(self._raw_schema)
        return grpc.method_handlers_generic_handler("tfplugin6.Provider", handlers)

    def _raw_schema(self, _request: object, _context: object) -> bytes:
        """A megabyte that only core needs to read."""
        return self._schema_bytes

    def configure(self, request: pb.ConfigRequest) -> dict[str, object]:
        """Take the provider's configuration."""
        self._service.configure(decode_object(request.config) or {})
        return {}

    def validate(self, request: pb.ConfigRequest) -> dict[str, object]:
        """Refuse what core lets through: a required argument that is there, and null."""
        block = self._schema.resource_schemas[request.type_name].block
        return {
            "diagnostics": [
                pb.Diagnostic(
                    severity=pb.Diagnostic.ERROR,
                    summary="Missing required argument",
                    detail=f'The argument "{name}" is required, but no definition was found.',
                )
                for name in missing(block, decode_object(request.config) or {})
            ]
        }

    def upgrade(self, request: pb.UpgradeRequest) -> dict[str, object]:
        """Keep stored state as it is: a cached schema never outlives its version."""
        return {"upgraded_state": pb.DynamicValue(json=request.raw_state.json)}

    def read(self, request: pb.ReadRequest) -> dict[str, object]:
        """Refresh a resource; how long its operations may take is known to the state alone."""
        state = decode_object(request.current_state) or {}
        found = self._service.read(request.type_name, state)
        if found is not None and "timeouts" in state:
            found = found | {"timeouts": state["timeouts"]}
        return {"new_state": encode(found)}

    def plan(self, request: pb.PlanRequest) -> dict[str, object]:
        """Say what would change."""
        proposed = decode_object(request.proposed_new_state)
        if proposed is None:
            return {"planned_state": request.proposed_new_state}
        prior = decode_object(request.prior_state)
        block = self._schema.resource_schemas[request.type_name].block
        planned, replacing = plan(request.type_name, block, prior, proposed)
        self._service.check(request.type_name, planned)
        return {
            "planned_state": encode(planned),
            "requires_replace": replacing,
            "legacy_type_system": request.type_name in tables.CHOSEN_BY_AZURE,
        }

    def apply(self, request: pb.ApplyRequest) -> dict[str, object]:
        """Create, update or delete."""
        type_name = request.type_name
        prior, planned = decode_object(request.prior_state), decode_object(request.planned_state)
        block = self._schema.resource_schemas[type_name].block
        result: Object | None = None
        verb = "deleting" if planned is None else "updating" if prior else "creating"
        try:
            if planned is None:
                self._service.delete(type_name, prior or {})
            elif prior is None:
                result = self._service.create(type_name, block, planned)
            else:
                result = self._service.update(type_name, block, prior, planned)
        except RefusedError as error:
            name = (planned or prior or {}).get("name")
            subject = name if isinstance(name, str) else type_name
            message = pb.Diagnostic(severity=pb.Diagnostic.ERROR, summary=f"{verb} {subject}: {error}")
            return {"new_state": request.prior_state, "diagnostics": [message]}
        legacy = type_name in tables.CHOSEN_BY_AZURE
        return {"new_state": encode(result), "legacy_type_system": legacy}

    def import_(self, request: pb.ImportRequest) -> dict[str, object]:
        """Name a resource that exists, for core to read."""
        block = self._schema.resource_schemas[request.type_name].block
        state = self._service.find(request.type_name, block, request.id)
        imported = pb.ImportResponse.ImportedResource(type_name=request.type_name, state=encode(state))
        return {"imported_resources": [imported]}

    def look_up(self, request: pb.ConfigRequest) -> dict[str, object]:
        """Answer a data source."""
        block = self._schema.data_source_schemas[request.type_name].block
        config = decode_object(request.config) or {}
        return {"state": encode(self._service.look_up(request.type_name, block, config))}


def _nothing(_request: object) -> dict[str, object]:
    return {}


def _answer(method: Callable[[Any], dict[str, object]], response: Any, request: Any, _context: object) -> Any:
    """Call a method; whatever goes wrong in it reaches the user as Terraform's own error."""
    try:
        return response(**method(request))
    except RefusedError as error:
        summary = str(error)
    except Exception as error:  # noqa: BLE001 - a provider that dies tells the user nothing
        traceback.print_exc(file=sys.stderr)
        summary = f"the simulated provider failed, which is its own fault: {error!r}"
    return response(diagnostics=[pb.Diagnostic(severity=pb.Diagnostic.ERROR, summary=summary)])
