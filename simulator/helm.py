"""The simulated Helm: real charts, loaded and rendered by Helm's own engine, released nowhere."""

import json
import time
from collections.abc import Mapping
from typing import Any, cast

from simulator import aks
from simulator.cloud import Cloud, RefusedError, Resource, World
from simulator.values import UNKNOWN, Object, Value, empty, mark_computed, objects, settle
from simulator.wire import tfplugin6_pb2 as pb

RELEASE = "helm_release"

_CREDENTIALS = ("client_certificate", "client_key", "cluster_ca_certificate")
_BUILT_IN_NAMESPACES = {"default", "kube-system", "kube-public", "kube-node-lease"}


class Helm:
    """What the simulated helm provider talks to."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._access: Object = {}

    def configure(self, config: Object) -> None:
        """Take the provider's configuration; at a first plan the cluster in it is still unknown."""
        access = config["kubernetes"]
        self._access = access if isinstance(access, dict) else {}

    def check(self, _type_name: str, planned: Object) -> None:
        """Load the chart, as the provider does at plan.

        Raises:
            RefusedError: there is no such chart, or it is not valid.
        """
        if isinstance(planned["chart"], str):
            render(planned)

    def create(self, _type_name: str, block: pb.Schema.Block, planned: Object) -> Object:
        """Install a release.

        Raises:
            RefusedError: no cluster at that address, wrong credentials, a name in use, a bad chart.
        """

        def effect(world: World) -> Object:
            key, id_ = self._place(world, planned)
            if key in world.resources:
                raise RefusedError(f"cannot re-use a name that is still in use: {planned['name']}")
            namespace = _namespace(planned)
            taken = {_namespace(each.attributes) for each in world.of_type(RELEASE)}
            if namespace not in _BUILT_IN_NAMESPACES | taken and not planned["create_namespace"]:
                raise RefusedError(f'create: failed to create: namespaces "{namespace}" not found')
            attributes = settle(block, planned, _told(planned, revision=1))
            world.resources[key] = Resource(RELEASE, id_, attributes)
            world.log.append(["create", RELEASE, id_])
            return attributes

        return self._cloud.perform("create", RELEASE, effect)

    def update(self, _type_name: str, block: pb.Schema.Block, prior: Object, planned: Object) -> Object:
        """Upgrade a release.

        Raises:
            RefusedError: no such cluster or release, wrong credentials, a bad chart.
        """

        def effect(world: World) -> Object:
            key, id_ = self._place(world, prior)
            if key not in world.resources:
                raise RefusedError(f'"{prior["name"]}" has no deployed releases')
            (metadata,) = objects(world.resources[key].attributes["metadata"])
            revision = cast("int", metadata["revision"]) + 1
            attributes = settle(block, planned, _told(planned, revision=revision))
            world.resources[key] = Resource(RELEASE, id_, attributes)
            world.log.append(["update", RELEASE, id_])
            return attributes

        return self._cloud.perform("update", RELEASE, effect)

    def delete(self, _type_name: str, prior: Object) -> None:
        """Uninstall a release.

        Raises:
            RefusedError: no cluster at that address, or wrong credentials.
        """

        def effect(world: World) -> None:
            key, id_ = self._place(world, prior)
            world.resources.pop(key, None)
            world.log.append(["delete", RELEASE, id_])

        self._cloud.perform("delete", RELEASE, effect)

    def read(self, _type_name: str, state: Object) -> Object | None:
        """A release, None if it is gone or, as in the provider, its cluster is unreachable."""
        world = self._cloud.read()
        try:
            key, _ = self._place(world, state)
        except RefusedError:
            return None
        found = world.resources.get(key)
        return found.attributes if found else None

    def find(self, _type_name: str, block: pb.Schema.Block, id_: str) -> Object:
        """The least that `read` needs to know of a release to be imported.

        Raises:
            RefusedError: the id is not of the form namespace/name.
        """
        namespace, slash, name = id_.partition("/")
        if not slash:
            raise RefusedError(f"import takes namespace/name, not {id_}")
        return empty(block) | {"id": name, "name": name, "namespace": namespace}

    def look_up(self, _type_name: str, block: pb.Schema.Block, config: Object) -> Object:
        """Render a chart for the `helm_template` data source."""
        rendered = render(config)
        told: Object = {"id": config["name"], "manifest": "---\n".join(rendered.values())}
        return settle(block, mark_computed(block, config), told)

    def _place(self, world: World, release: Object) -> tuple[str, str]:
        """Where a release is kept, and its id, on the cluster the provider is configured for."""
        host = self._access.get("host")
        if not isinstance(host, str):
            raise RefusedError(
                "Kubernetes cluster unreachable: invalid configuration: no configuration has been "
                "provided, try setting KUBERNETES_MASTER environment variable"
            )
        for cluster in world.of_type(aks.CLUSTER):
            (issued,) = objects(cluster.attributes["kube_config"])
            if issued["host"] != host:
                continue
            if any(self._access.get(part) != aks.decoded(issued[part]) for part in _CREDENTIALS):
                raise RefusedError(
                    "Kubernetes cluster unreachable: the server has asked for the client to provide credentials"
                )
            id_ = f"{cluster.id}/releases/{_namespace(release)}/{release['name']}"
            return id_.lower(), id_
        name = host.removeprefix("https://").partition(":")[0]
        raise RefusedError(f'Kubernetes cluster unreachable: Get "{host}/version": lookup {name}: no such host')


def _namespace(release: Object) -> str:
    named = release["namespace"]
    return named if isinstance(named, str) else "default"


def render(release: Object) -> dict[str, str]:
    """Load and render a release's chart with Helm's engine: template path to manifest.

    Raises:
        RefusedError: the chart cannot be loaded, or its values or templates are not valid.
    """
    import helm_python as engine  # noqa: PLC0415 - 60 MB that only a release needs

    chart = str(release["chart"])
    try:
        with engine.Chart.load(chart) as loaded:
            values: dict[str, Any] = {}
            for document in _texts(release["values"]):
                values = _merge(values, engine.values_from_yaml(document))
            for each in [*objects(release["set"]), *objects(release["set_sensitive"])]:
                if UNKNOWN in (each["value"], each["name"]):
                    continue
                as_text = each["type"] == "string"
                parse = engine.parse_set_string_values if as_text else engine.parse_set_string
                values = _merge(values, parse(f"{each['name']}={each['value']}"))
            loaded.validate_schema(values)
            return loaded.render(values, name=str(release["name"]), namespace=_namespace(release), is_install=True)
    except engine.HelmError as error:
        raise RefusedError(f"chart {chart}: {error}") from error


def _texts(value: Value) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _merge(under: dict[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(under)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _merge(merged[key], cast("dict[str, Any]", value)) if both else value
    return merged


def _told(release: Object, *, revision: int) -> Object:
    import helm_python as engine  # noqa: PLC0415 - see render

    render(release)
    with engine.Chart.load(str(release["chart"])) as loaded:
        chart = loaded.metadata
    now = int(time.time())
    metadata: Object = {
        "app_version": chart.get("appVersion", ""),
        "chart": chart["name"],
        "first_deployed": now,
        "last_deployed": now,
        "name": release["name"],
        "namespace": _namespace(release),
        "notes": "",
        "revision": revision,
        "values": json.dumps(_texts(release["values"])),
        "version": chart["version"],
    }
    return {
        "id": release["name"],
        "namespace": _namespace(release),
        "metadata": metadata,
        "status": "deployed",
        "version": chart["version"],
    }
