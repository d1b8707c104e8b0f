"""An HTTPS server on loopback that lets in whoever has its token or a certificate of its authority."""

import json
import secrets
import ssl
import sys
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import trustme

from simulator.access import Access
from simulator.values import Json

LOOPBACK = "127.0.0.1"

_UNAUTHORIZED: Json = {"kind": "Status", "message": "Unauthorized", "code": 401}
_STOP_SECONDS = 0.05  # how long closing may have to wait for the server to look


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a client asks.

    Attributes:
        method: of HTTP.
        target: the path, with the query.
        body: what was sent with it.
        accept: the forms that the client likes the answer in.
    """

    method: str
    target: str
    body: Json
    accept: str = ""

    @property
    def path(self) -> str:
        """The path without the query."""
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        """The query; of a name that is in it twice, the first value."""
        return {name: values[0] for name, values in parse_qs(urlsplit(self.target).query).items()}


@dataclass(frozen=True)
class Answer:
    """What a server answers: JSON, or a text as it is."""

    body: Json | str
    status: int = 200


class Server:
    """A server whose address is known before it serves.

    Args:
        authority: signs the certificates of server and client. Default: a new one.
        token: lets a client in that has no certificate. Default: a new one.

    Attributes:
        access: what a client needs.
    """

    def __init__(self, authority: trustme.CA | None = None, *, token: str = "") -> None:
        authority = authority or trustme.CA()
        client = authority.issue_cert("operator@example.com")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate: Any = authority.issue_cert(LOOPBACK)  # its types name a library that is not here
        certificate.configure_cert(context)
        pem = authority.cert_pem.bytes().decode()
        context.load_verify_locations(cadata=pem)
        context.verify_mode = ssl.CERT_OPTIONAL
        self._answer: Callable[[Request], Answer] = lambda _: Answer({}, 503)
        self._server = _Quiet((LOOPBACK, 0), _handler_of(self))
        self._server.daemon_threads = True
        # handshake in the request's own thread, or one silent client would stop everybody
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self.access = Access(
            url=f"https://{LOOPBACK}:{self._server.server_address[1]}",
            authority=pem,
            certificate=client.cert_chain_pems[0].bytes().decode(),
            key=client.private_key_pem.bytes().decode(),
            token=token or secrets.token_urlsafe(),
        )

    def start(self, answer: Callable[[Request], Answer]) -> None:
        """Serve, in threads of its own, what this answers to whoever is let in."""
        self._answer = answer
        Thread(target=self._server.serve_forever, args=[_STOP_SECONDS], daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()

    def handle(self, client: BaseHTTPRequestHandler, body: Json) -> None:
        """Answer one request."""
        known = client.headers.get("Authorization") == f"Bearer {self.access.token}"
        if known or cast("ssl.SSLSocket", client.connection).getpeercert():
            accept = client.headers.get("Accept", "")
            answer = self._answer(Request(method=client.command, target=client.path, body=body, accept=accept))
        else:
            answer = Answer(_UNAUTHORIZED, 401)
        self.send(client, answer)

    @staticmethod
    def send(client: BaseHTTPRequestHandler, answer: Answer, **headers: str) -> None:
        """Send an answer."""
        as_json = not isinstance(answer.body, str)
        content = (json.dumps(answer.body) if as_json else str(answer.body)).encode()
        client.send_response(answer.status)
        kind = "application/json" if as_json else "text/html"
        for name, value in {"Content-Type": kind, "Content-Length": str(len(content)), **headers}.items():
            client.send_header(name, value)
        client.end_headers()
        client.wfile.write(content)


class _Quiet(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of clients that hang up or trust somebody else; they say so themselves."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(cast("Any", request), client_address)


def _handler_of(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        timeout = 60  # seconds that a client may be silent between two requests

        def log_message(self, *_: object) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
            pass

        def _handle(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            server.handle(self, json.loads(self.rfile.read(length) or b"{}"))

        do_GET = do_DELETE = do_PATCH = do_POST = do_PUT = _handle  # noqa: N815 - the names the base class calls

    return Handler
