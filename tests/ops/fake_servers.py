"""The simulator's two APIs for a `ClusterFixture`, which misbehave as they are told to."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

import trustme

from simulator.arm_api import ArmApi
from simulator.cluster import kubeconfig_of
from simulator.kubernetes_api import KubernetesApi, not_found
from simulator.server import Answer, Request, Server
from simulator.values import Json
from tests.ops.cluster_fixture import ClusterFixture

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


class FaultyServer(Server):
    """A server that fails on demand.

    Attributes:
        asked: method and path of every request so far.
        faults: what goes wrong.
    """

    def __init__(self, authority: trustme.CA) -> None:
        super().__init__(authority, token=TOKEN)
        self.asked: list[str] = []
        self.faults: list[Fault] = []
        self.url = self.access.url

    def handle(self, client: BaseHTTPRequestHandler, body: Json) -> None:
        self.asked.append(f"{client.command} {client.path}")
        fault = self._fault(client.path)
        if fault:
            self._misbehave(client, fault)
        else:
            super().handle(client, body)

    def _fault(self, path: str) -> Fault | None:
        for fault in self.faults:
            if path.startswith(fault.path) and fault.times > 0:
                if fault.skip > 0:
                    fault.skip -= 1
                    return None
                fault.times -= 1
                return fault
        return None

    def _misbehave(self, client: BaseHTTPRequestHandler, fault: Fault) -> None:
        if fault.drip:
            client.send_response(fault.status)
            client.send_header("Content-Length", "100000")
            client.end_headers()
            while True:
                client.wfile.write(b" ")
                time.sleep(fault.drip)
        if fault.cut:
            client.send_response(fault.status)
            client.send_header("Content-Length", str(len(fault.body) * 2))
            client.end_headers()
            client.wfile.write(fault.body.encode())
            client.close_connection = True
            return
        self.send(client, Answer(fault.body, fault.status), **fault.headers)


class FakeKubernetes:
    """The API server of a cluster, which also takes the objects of the policy probe.

    Attributes:
        cluster: what it serves; swap it between tests.
        created: objects that were made, by path.
        removed: paths that were deleted.
    """

    def __init__(self, authority: trustme.CA) -> None:
        self.cluster = ClusterFixture()
        self.created: dict[str, Json] = {}
        self.removed: list[str] = []
        self._api = KubernetesApi(lambda: self.cluster)
        self.server = FaultyServer(authority)
        self.server.start(self._answer)

    def _answer(self, request: Request) -> Answer:
        if request.method == "POST":
            self.created[f"{request.path}/{request.body['metadata']['name']}"] = request.body
            return Answer(request.body, 201)
        if request.method == "DELETE":
            self.removed.append(request.path)
            return Answer({"kind": "Status", "status": "Success"})
        if match := re.fullmatch(r"(/api/v1/namespaces/[^/]+/pods/[^/]+)(/log)?", request.path):
            return self._probe_pod(match[1], log=bool(match[2]))
        return self._api.answer(request)

    def _probe_pod(self, path: str, *, log: bool) -> Answer:
        if path not in self.created:
            return not_found(path)
        if log:
            policy = any("/networkpolicies/" in made for made in self.created)
            denied = "closed" if policy and self.cluster.enforces_policy else "open"
            return Answer(f"1 8080 open\n1 8081 {denied}\n2 8080 open\n")
        status = {"phase": "Running", "podIP": "10.242.9.9", "podIPs": [{"ip": "10.242.9.9"}]}
        return Answer({**self.created[path], "status": status})


class FakeAzure:
    """The Azure Resource Manager of a cluster.

    Attributes:
        cluster: what it serves; swap it between tests.
    """

    def __init__(self, authority: trustme.CA) -> None:
        self.cluster = ClusterFixture()
        self.server = FaultyServer(authority)
        self.server.start(ArmApi(self.server.url, lambda: self.cluster, page=ARM_PAGE).answer)


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
        access = kubernetes.server.access
        config = json.loads(kubeconfig_of("aks-demo", "operator", access.url, access.credentials))
        config["users"].append({"name": "robot", "user": {"token": TOKEN}})
        contexts = [{"name": who, "context": {"cluster": "aks-demo", "user": who}} for who in ("operator", "robot")]
        config |= {"contexts": contexts, "current-context": "operator"}
        secrets = [access.credentials["client_key"], access.key, TOKEN, *access.key.splitlines()[1:-1]]
        return cls(authority, kubernetes, azure, json.dumps(config), secrets)

    def serve(self, cluster: ClusterFixture) -> None:
        """Serves this cluster from now on, without any fault, and forgets what it was asked."""
        cluster.handed_out = self.kubeconfig
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
