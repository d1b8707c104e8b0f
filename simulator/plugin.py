"""The process that Terraform starts for a provider: go-plugin's handshake, then gRPC."""

import os
import shutil
import sys
import tempfile
import threading
import time
from base64 import b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from ssl import PEM_cert_to_DER_cert

import grpc

from simulator.access import Access
from simulator.azure import Azure
from simulator.cloud import Cloud
from simulator.helm import Helm
from simulator.provider import Provider
from simulator.service import Service
from simulator.wire import tfplugin6_pb2 as pb

HOME_VARIABLE = "SIMULATED_CLOUD"
CLOUD_FILE = "cloud.json"
SERVICES: dict[str, Callable[[Cloud, Access], Service]] = {
    "azurerm": Azure,
    "helm": lambda cloud, _access: Helm(cloud),
}

_HANDSHAKE = "1|6|unix|{socket}|grpc|{certificate}"
_ORPHAN_CHECK_SECONDS = 0.1


def serve(provider_name: str, installed: Path) -> None:
    """Serve one provider until Terraform is done with it, or gone.

    Args:
        provider_name: azurerm or helm.
        installed: the folder with the schemas and the certificate.
    """
    home = Path(os.environ.get(HOME_VARIABLE) or installed)
    service = SERVICES[provider_name](Cloud(home / CLOUD_FILE), Access.read(home))
    provider = Provider(service, installed / f"{provider_name}.binpb")
    key, certificate = (installed / "key.pem").read_bytes(), (installed / "cert.pem").read_bytes()
    server = grpc.server(ThreadPoolExecutor(max_workers=10))

    def shut_down(_request: object, _context: object) -> pb.Empty:
        server.stop(grace=1)
        return pb.Empty()

    controller = {
        "Shutdown": grpc.unary_unary_rpc_method_handler(
            shut_down,
            request_deserializer=pb.Empty.FromString,
            response_serializer=pb.Empty.SerializeToString,
        )
    }
    server.add_generic_rpc_handlers(
        (
            provider.handler(),
            grpc.method_handlers_generic_handler("plugin.GRPCController", controller),
        )
    )
    # a socket's path may have about a hundred characters, so not below the folder of the rehearsal
    with tempfile.TemporaryDirectory(prefix="tf", dir="/tmp") as folder:
        socket = f"{folder}/s"
        server.add_secure_port(f"unix:{socket}", grpc.ssl_server_credentials([(key, certificate)]))
        server.start()
        der = b64encode(PEM_cert_to_DER_cert(certificate.decode())).decode().rstrip("=")
        sys.stdout.write(_HANDSHAKE.format(socket=socket, certificate=der) + "\n")
        sys.stdout.flush()
        threading.Thread(target=_die_with_parent, args=[folder], daemon=True).start()
        server.wait_for_termination()


def _die_with_parent(folder: str) -> None:
    """Stop at once when Terraform is killed: an orphan would go on changing the cloud."""
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(_ORPHAN_CHECK_SECONDS)
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(1)


if __name__ == "__main__":
    serve(sys.argv[1], Path(sys.argv[2]))
