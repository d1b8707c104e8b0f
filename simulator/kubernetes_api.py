"""A cluster's API server: reads of what is in the cluster, with paging, and of services through its proxy."""

import re
import time
from collections.abc import Callable, ItemsView, Iterable
from itertools import chain, islice
from typing import Any, Protocol, TypeAlias, TypeVar

from simulator import printing
from simulator.kubernetes_objects import Deployment, Node, Pod
from simulator.server import Answer, Request
from simulator.values import Json

Object: TypeAlias = Node | Pod | Deployment
T = TypeVar("T")

PAGE = 500
GROUPS = {"/api/v1": ("nodes", "pods"), "/apis/apps/v1": ("deployments",)}
"""Kinds of objects by the path of their API group."""
NETWORK_CONFIGS = "/apis/acn.azure.com/v1alpha/namespaces/kube-system/nodenetworkconfigs"

_KINDS = {"nodes": "Node", "pods": "Pod", "deployments": "Deployment"}
_OBJECTS = re.compile(r"(/api/v1|/apis/apps/v1)(?:/namespaces/([^/]+))?/(nodes|pods|deployments)(?:/([^/]+))?")
_PROXY = re.compile(r"/api/v1/namespaces/([^/]+)/services/(?:http:)?([^/:]+):([^/:]+)/proxy(?:/.*)?")


class Inside(Protocol):
    """What is in a cluster."""

    def all_nodes(self) -> Iterable[Node]:
        """Every node."""
        ...

    def all_pods(self) -> Iterable[Pod]:
        """Every pod; there may be very many."""
        ...

    def all_deployments(self) -> Iterable[Deployment]:
        """Every deployment."""
        ...

    def network_configs(self) -> Iterable[Json] | None:
        """Addresses that each node holds for its pods; None where nodes do not work that way."""
        ...

    def page_of(self, namespace: str, service: str, port: str) -> str | None:
        """What a service answers; None if no pod is behind it, or there is no such service."""
        ...


class KubernetesApi:
    """The API server of one cluster.

    Args:
        inside: finds what is in the cluster now.
    """

    def __init__(self, inside: Callable[[], Inside]) -> None:
        self._inside = inside
        self._rests: dict[str, Iterable[Any]] = {}

    def answer(self, request: Request) -> Answer:
        """Answer a request; nothing can be changed here."""
        path = request.path
        if request.method != "GET":
            return failure(f"{request.method} {path}: a simulated cluster takes no objects", 405)
        if match := _OBJECTS.fullmatch(path):
            group, namespace, kind, name = match.groups()
            return self._objects(request, kind, namespace, name) if kind in GROUPS[group] else not_found(path)
        if match := _PROXY.fullmatch(path):
            page = self._inside().page_of(*match.groups())
            return failure("no endpoints available for service", 503) if page is None else Answer(page)
        if path == NETWORK_CONFIGS:
            configs = self._inside().network_configs()
            return not_found(path) if configs is None else self._page(request, configs, _network_configs)
        if path == "/version":
            return Answer(_version([node.version for node in self._inside().all_nodes()]))
        return _discovery(path)

    def _objects(self, request: Request, kind: str, namespace: str | None, name: str | None) -> Answer:
        inside = self._inside()
        every: dict[str, Callable[[], Iterable[Object]]] = {
            "nodes": inside.all_nodes,
            "pods": inside.all_pods,
            "deployments": inside.all_deployments,
        }
        wanted = dict(part.split("=") for part in request.query.get("labelSelector", "").split(",") if "=" in part)
        found = (
            each
            for each in every[kind]()
            if namespace in (None, _namespace(each))
            and name in (None, each.name)
            and (not wanted or wanted.items() <= _labels(each))
        )
        as_table = "as=Table" in request.accept and kind in printing.COLUMNS
        if not name:
            render = printing.table_of(kind) if as_table else _list_of(kind)
            return self._page(request, found, render)
        one = next(iter(found), None)
        if one is None:
            return not_found(request.path)
        return Answer(printing.table_of(kind)([one]) if as_table else one.as_kubernetes())

    def _page(self, request: Request, items: Iterable[T], render: Callable[[list[T]], Json]) -> Answer:
        """A page of a list; a token goes on where the last page of the same list ended."""
        query = request.query
        token = f"{request.path} {query.get('continue', '')}"
        rest = iter(self._rests.pop(token, ())) if "continue" in query else iter(items)
        page = list(islice(rest, int(query.get("limit", PAGE))))
        more = list(islice(rest, 1))
        metadata: Json = {"resourceVersion": "1"}
        if more:
            metadata["continue"] = f"{len(self._rests)}-{time.monotonic_ns()}"
            self._rests[f"{request.path} {metadata['continue']}"] = chain(more, rest)
        return Answer(render(page) | {"metadata": metadata})


def _namespace(item: Object) -> str | None:
    return None if isinstance(item, Node) else item.namespace


def _labels(item: Object) -> ItemsView[str, str]:
    labels: dict[str, str] = item.as_kubernetes()["metadata"].get("labels", {})
    return labels.items()


def _list_of(kind: str) -> Callable[[list[Object]], Json]:
    version = "v1" if kind in GROUPS["/api/v1"] else "apps/v1"
    head = {"apiVersion": version, "kind": f"{_KINDS[kind]}List"}
    return lambda items: head | {"items": [each.as_kubernetes() for each in items]}


def _network_configs(items: list[Json]) -> Json:
    return {"apiVersion": "acn.azure.com/v1alpha", "kind": "NodeNetworkConfigList", "items": items}


def failure(message: str, code: int) -> Answer:
    """A refusal in the API's own words."""
    status: Json = {"apiVersion": "v1", "kind": "Status", "status": "Failure", "message": message, "code": code}
    return Answer(status, code)


def not_found(path: str) -> Answer:
    """There is no such thing."""
    return failure(f"{path} not found", 404)


def _version(of_nodes: list[str]) -> Json:
    """The control plane's version is that of its nodes; both say that they are simulated."""
    version = next(filter(None, of_nodes), "v1.0.0")
    major, minor, *_ = version.removeprefix("v").split(".")
    return {"major": major, "minor": minor, "gitVersion": version}


def _discovery(path: str) -> Answer:
    """What kubectl asks first: which kinds of objects there are."""
    if path == "/api":
        return Answer({"kind": "APIVersions", "versions": ["v1"]})
    if path == "/apis":
        version = {"groupVersion": "apps/v1", "version": "v1"}
        group = {"name": "apps", "versions": [version], "preferredVersion": version}
        return Answer({"kind": "APIGroupList", "apiVersion": "v1", "groups": [group]})
    if path in GROUPS:
        resources = [
            {
                "name": kind,
                "singularName": _KINDS[kind].lower(),
                "kind": _KINDS[kind],
                "namespaced": kind != "nodes",
                "verbs": ["get", "list"],
            }
            for kind in GROUPS[path]
        ]
        return Answer({"kind": "APIResourceList", "groupVersion": path.split("/", 2)[2], "resources": resources})
    return not_found(path)
