"""The simulated Helm: releases of real charts on a cluster that must be there and let one in."""

from typing import cast

from simulator.aks import CLUSTER
from simulator.chart import namespace_of, objects_in, render, told_of
from simulator.cloud import Cloud, RefusedError, Resource, World
from simulator.cluster import decoded
from simulator.values import Object, empty, mark_computed, objects, settle
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
            namespace = namespace_of(planned)
            taken = {namespace_of(each.attributes) for each in world.of_type(RELEASE)}
            if namespace not in _BUILT_IN_NAMESPACES | taken and not planned["create_namespace"]:
                raise RefusedError(f'create: failed to create: namespaces "{namespace}" not found')
            world.manifests[key] = objects_in(render(planned))
            attributes = settle(block, planned, told_of(planned, revision=1))
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
            world.manifests[key] = objects_in(render(planned))
            attributes = settle(block, planned, told_of(planned, revision=revision))
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
            world.manifests.pop(key, None)
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
        for cluster in world.of_type(CLUSTER):
            (issued,) = objects(cluster.attributes["kube_config"])
            if issued["host"] != host:
                continue
            if any(self._access.get(part) != decoded(issued[part]) for part in _CREDENTIALS):
                raise RefusedError(
                    "Kubernetes cluster unreachable: the server has asked for the client to provide credentials"
                )
            id_ = f"{cluster.id}/releases/{namespace_of(release)}/{release['name']}"
            return id_.lower(), id_
        name = host.removeprefix("https://").partition(":")[0]
        raise RefusedError(f'Kubernetes cluster unreachable: Get "{host}/version": lookup {name}: no such host')
