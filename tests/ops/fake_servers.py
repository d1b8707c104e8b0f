"""A Kubernetes API server and an Azure Resource Manager for a `ClusterFixture`, over HTTPS on loopback.

They speak what verify asks, with paging and authentication, and misbehave as they are told to.
"""

from __future__ import annotations

import base64
import json
import re
import ssl
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import trustme

from tests.ops.cluster_fixture import CLUSTER, ROLES, ClusterFixture, Json

TOKEN = "rehearsal-token-3f9a"  # noqa: S105 - opens nothing but these servers
ARM_PAGE = 2


@dataclass(kw_only=True)
class Fault:
    """A way for one path to go wrong.

    Attributes:
        path: of the requests, from its start.
        status: answered instead.
        body: answered instead.
        headers: more of the answer.
        cut: send only half of the body, then hang up.
        drip: seconds between the bytes of the answer.
        times: how many requests it befalls.
        skip: how many requests it spares before.
    """

    path: str
    status: int = 200
    body: str = "{}"
    headers: dict[str, str] = field(default_factory=dict[str, str])
    cut: bool = False
    drip: float = 0
    times: int = 1_000_000
    skip: int = 0


@dataclass
class Answer:
    """What a server answers."""

    body: Json | str
    status: int = 200


def not_found(path: str) -> Answer:
    return Answer({"kind": "Status", "message": f"{path} not found", "code": 404}, 404)


class FakeServer:
    """One HTTPS server on loopback.

    Args:
        authority: signs the server's certificate; clients with a certificate of it are let in.
        answer: method, path with query, body to answer.

    Attributes:
        asked: method and path of every request so far.
        faults: what goes wrong.
    """

    def __init__(self, authority: trustme.CA, answer: Callable[[str, str, Json], Answer]) -> None:
        self.asked: list[str] = []
        self.faults: list[Fault] = []
        self._answer = answer
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def log_message(self, *_: object) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
                pass

            def do_GET(self) -> None:
                fake.handle(self, {})

            def do_DELETE(self) -> None:
                fake.handle(self, {})

            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                fake.handle(self, json.loads(self.rfile.read(length) or b"{}"))

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate: Any = authority.issue_cert("127.0.0.1")
        certificate.configure_cert(context)
        context.load_verify_locations(cadata=authority.cert_pem.bytes().decode())
        context.verify_mode = ssl.CERT_OPTIONAL
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        # handshake in the request's own thread, or one silent client would stop everybody
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self.url = f"https://127.0.0.1:{self._server.server_address[1]}"
        Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stops listening."""
        self._server.shutdown()
        self._server.server_close()

    def handle(self, request: BaseHTTPRequestHandler, body: Json) -> None:
        """Answers one request."""
        self.asked.append(f"{request.command} {request.path}")
        fault = self._fault(request.path)
        known = request.headers.get("Authorization") == f"Bearer {TOKEN}"
        with suppress(ssl.SSLError, OSError):
            if fault:
                self._misbehave(request, fault)
            elif known or request.connection.getpeercert():
                answer = self._answer(request.command, request.path, body)
                self._send(request, answer.status, answer.body, {})
            else:
                self._send(request, 401, {"kind": "Status", "message": "Unauthorized"}, {})

    def _fault(self, path: str) -> Fault | None:
        for fault in self.faults:
            if path.startswith(fault.path) and fault.times > 0:
                if fault.skip > 0:
                    fault.skip -= 1
                    return None
                fault.times -= 1
                return fault
        return None

    def _misbehave(self, request: BaseHTTPRequestHandler, fault: Fault) -> None:
        if fault.drip:
            request.send_response(fault.status)
            request.send_header("Content-Length", "100000")
            request.end_headers()
            while True:
                request.wfile.write(b" ")
                time.sleep(fault.drip)
        if fault.cut:
            request.send_response(fault.status)
            request.send_header("Content-Length", str(len(fault.body) * 2))
            request.end_headers()
            request.wfile.write(fault.body.encode())
            request.close_connection = True
            return
        self._send(request, fault.status, fault.body, fault.headers)

    @staticmethod
    def _send(request: BaseHTTPRequestHandler, status: int, body: Json | str, headers: dict[str, str]) -> None:
        content = (body if isinstance(body, str) else json.dumps(body)).encode()
        request.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(content)


class FakeKubernetes:
    """The API server of a cluster.

    Attributes:
        cluster: what it serves; swap it between tests.
        created: objects that were made, by path.
        removed: paths that were deleted.
    """

    def __init__(self, authority: trustme.CA) -> None:
        self.cluster = ClusterFixture()
        self.created: dict[str, Json] = {}
        self.removed: list[str] = []
        self._lists: dict[str, Iterable[Json]] = {}
        self.server = FakeServer(authority, self._answer)

    def _answer(self, method: str, path: str, body: Json) -> Answer:
        url = urlsplit(path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        if method == "POST":
            self.created[f"{url.path}/{body['metadata']['name']}"] = body
            return Answer(body, 201)
        if method == "DELETE":
            self.removed.append(url.path)
            return Answer({"kind": "Status", "status": "Success"})
        return self._get(url.path, query)

    def _get(self, path: str, query: dict[str, str]) -> Answer:
        for pattern, serve in {
            r"/api/v1/(nodes|pods)": self._everything,
            r"/api/v1/namespaces/([^/]+)/pods": self._pods,
            r"(/api/v1/namespaces/[^/]+/pods/[^/]+)(/log)?": self._probe_pod,
            r"/apis/apps/v1/namespaces/([^/]+)/deployments/([^/]+)": self._deployment,
            r"/apis/acn.azure.com/v1alpha/namespaces/kube-system/nodenetworkconfigs": self._network_configs,
            r"/api/v1/namespaces/hello/services/http:hello-kubernetes:80/proxy/": self._demo_page,
        }.items():
            if match := re.fullmatch(pattern, path):
                return serve(match, query)
        return not_found(path)

    def _everything(self, match: re.Match[str], query: dict[str, str]) -> Answer:
        cluster = self.cluster
        of = (lambda: iter(cluster.nodes)) if match[1] == "nodes" else cluster.all_pods
        return self._page(match[0], query, lambda: (item.as_kubernetes() for item in of()))

    def _pods(self, match: re.Match[str], query: dict[str, str]) -> Answer:
        wanted = dict(part.split("=") for part in query.get("labelSelector", "").split(",") if part)
        pods = [p for p in self.cluster.pods if p.namespace == match[1] and wanted.items() <= p.labels.items()]
        return self._page(match[0], query, lambda: (pod.as_kubernetes() for pod in pods))

    def _probe_pod(self, match: re.Match[str], _query: dict[str, str]) -> Answer:
        path, log = match.groups()
        if path not in self.created:
            return not_found(path)
        if log:
            policy = any("/networkpolicies/" in made for made in self.created)
            denied = "closed" if policy and self.cluster.enforces_policy else "open"
            return Answer(f"1 8080 open\n1 8081 {denied}\n2 8080 open\n")
        status = {"phase": "Running", "podIP": "10.242.9.9", "podIPs": [{"ip": "10.242.9.9"}]}
        return Answer({**self.created[path], "status": status})

    def _deployment(self, match: re.Match[str], _query: dict[str, str]) -> Answer:
        found = [d for d in self.cluster.deployments if (d.namespace, d.name) == match.groups()]
        return Answer(found[0].as_kubernetes()) if found else not_found(match[0])

    def _network_configs(self, match: re.Match[str], query: dict[str, str]) -> Answer:
        cluster = self.cluster
        if not cluster.has_network_configs:
            return not_found(match[0])
        machines = [node for node in cluster.nodes if not node.virtual]
        return self._page(match[0], query, lambda: (n.as_network_config(batch=cluster.batch) for n in machines))

    def _demo_page(self, _match: re.Match[str], _query: dict[str, str]) -> Answer:
        if self.cluster.demo_page is None:
            return Answer({"kind": "Status", "message": "no endpoints available for service"}, 503)
        return Answer(self.cluster.demo_page)

    def _page(self, path: str, query: dict[str, str], items: Callable[[], Iterable[Json]]) -> Answer:
        """A page of a list; a token goes on where the last page of the same list ended."""
        key = f"{path} {query.get('continue', '')}"
        rest = iter(self._lists.pop(key, ())) if "continue" in query else iter(items())
        page = list(islice(rest, int(query.get("limit", 500))))
        more = list(islice(rest, 1))
        metadata: Json = {"resourceVersion": "1"}
        if more:
            token = f"{len(self._lists)}-{time.monotonic_ns()}"
            metadata["continue"] = token
            self._lists[f"{path} {token}"] = _chained(more, rest)
        return Answer({"kind": "List", "metadata": metadata, "items": page})


def _chained(first: list[Json], rest: Iterable[Json]) -> Iterable[Json]:
    yield from first
    yield from rest


class FakeAzure:
    """The Azure Resource Manager of a cluster.

    Attributes:
        cluster: what it serves; swap it between tests.
        kubeconfig: what it hands out as the cluster's credentials.
    """

    def __init__(self, authority: trustme.CA) -> None:
        self.cluster = ClusterFixture()
        self.kubeconfig = ""
        self.server = FakeServer(authority, self._answer)

    def _answer(self, method: str, path: str, _body: Json) -> Answer:
        url = urlsplit(path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        missing = {"error": {"code": "MissingApiVersionParameter", "message": "api-version is required"}}
        if "api-version" not in query:
            return Answer(missing, 400)
        if url.path.lower() == f"{CLUSTER}/listClusterUserCredential".lower() and method == "POST":
            encoded = base64.b64encode(self.kubeconfig.encode()).decode()
            return Answer({"kubeconfigs": [{"name": "clusterUser", "value": encoded}]})
        found = self._get(url.path, query)
        return Answer(found) if found else Answer({"error": {"code": "ResourceNotFound"}}, 404)

    def _get(self, path: str, query: dict[str, str]) -> Json | None:
        cluster = self.cluster
        if path.lower() == CLUSTER.lower():
            return cluster.as_arm()
        for subnet in cluster.subnets.values():
            if path.lower() == subnet.id.lower():
                return subnet.as_arm()
        if path.endswith("/providers/Microsoft.Authorization/roleAssignments"):
            return self._assignments(path, query)
        if match := re.search(r"/roleDefinitions/([^/]+)$", path):
            name, actions, not_actions = ROLES[match[1]]
            permission = {"actions": actions, "notActions": not_actions}
            return {"id": path, "properties": {"roleName": name, "permissions": [permission]}}
        if path.endswith("/features/PodSubnetPreview") and cluster.feature:
            return {"properties": {"state": cluster.feature}}
        return None

    def _assignments(self, path: str, query: dict[str, str]) -> Json:
        scope = path.removesuffix("/providers/Microsoft.Authorization/roleAssignments")
        if not re.fullmatch(r"atScope\(\) and assignedTo\('[0-9a-f-]{36}'\)", query.get("$filter", "")):
            return {"value": []}
        start = int(query.get("$skipToken", 0))
        found = self.cluster.roles_at(scope)
        page: Json = {"value": found[start : start + ARM_PAGE]}
        if start + ARM_PAGE < len(found):
            page["nextLink"] = f"{self.server.url}{path}?{urlencode({**query, '$skipToken': start + ARM_PAGE})}"
        return page


@dataclass
class FakeCloud:
    """Both APIs of one cluster, behind one certificate authority.

    Attributes:
        kubeconfig: of the cluster; context `operator` has a client certificate, `robot` a token.
        secrets: what must never be printed.
    """

    authority: trustme.CA
    kubernetes: FakeKubernetes
    azure: FakeAzure
    kubeconfig: str
    secrets: list[str]

    @classmethod
    def start(cls) -> FakeCloud:
        """Starts both servers."""
        authority = trustme.CA()
        kubernetes, azure = FakeKubernetes(authority), FakeAzure(authority)
        client = authority.issue_cert("operator@example.com")

        def encoded(blob: trustme.Blob) -> str:
            return base64.b64encode(blob.bytes()).decode()

        key = encoded(client.private_key_pem)
        user = {"client-certificate-data": encoded(client.cert_chain_pems[0]), "client-key-data": key}
        server = {"server": kubernetes.server.url, "certificate-authority-data": encoded(authority.cert_pem)}
        contexts = [{"name": who, "context": {"cluster": "aks-demo", "user": who}} for who in ("operator", "robot")]
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "operator",
            "clusters": [{"name": "aks-demo", "cluster": server}],
            "users": [{"name": "operator", "user": user}, {"name": "robot", "user": {"token": TOKEN}}],
            "contexts": contexts,
        }
        kubeconfig = json.dumps(config)
        azure.kubeconfig = kubeconfig
        pem = client.private_key_pem.bytes().decode()
        return cls(authority, kubernetes, azure, kubeconfig, [key, pem, TOKEN, *pem.splitlines()[1:-1]])

    def serve(self, cluster: ClusterFixture) -> None:
        """Serves this cluster from now on, without any fault, and forgets what it was asked."""
        for api in (self.kubernetes, self.azure):
            api.cluster = cluster
            api.server.faults.clear()
            api.server.asked.clear()
        self.kubernetes.created.clear()
        self.kubernetes.removed.clear()

    def close(self) -> None:
        """Stops both servers."""
        self.kubernetes.server.close()
        self.azure.server.close()
