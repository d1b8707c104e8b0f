"""The APIs of a simulated cloud, served while a sandbox lives: Azure's, and one for each cluster that is in it."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from simulator import aks
from simulator.access import Access
from simulator.arm_api import ArmApi
from simulator.cloud import Cloud, World
from simulator.cluster import API_PATH, key_of
from simulator.inhabitants import Inhabitants
from simulator.inside import look_inside
from simulator.kubernetes_api import KubernetesApi, failure
from simulator.outside import Outside
from simulator.server import LOOPBACK, Answer, Request, Server

AUTHORITY_FILE = "authority.pem"


class Apis:
    """Answers for every API of a cloud, with what the cloud holds at that moment.

    Args:
        cloud: what there is.
        url: where the answers come from.
    """

    def __init__(self, cloud: Cloud, url: str) -> None:
        self._cloud = cloud
        self._azure = ArmApi(url, lambda: Outside(cloud.read()))
        self._clusters: dict[str, KubernetesApi] = {}

    def answer(self, request: Request) -> Answer:
        """Answer a request: of a cluster, if its path says so, or else of Azure."""
        if not request.target.startswith(API_PATH):
            return self._azure.answer(request)
        key, _, rest = request.target.removeprefix(API_PATH).partition("/")
        if _cluster_of(self._cloud.read(), key) is None:
            return failure("there is no cluster here", 503)  # the name of a real one would lead nowhere
        # kept, since it knows where the lists that it began go on
        api = self._clusters.setdefault(key, KubernetesApi(lambda: self._inside(key)))
        return api.answer(replace(request, target=f"/{rest}"))

    def _inside(self, key: str) -> Inhabitants:
        world = self._cloud.read()
        return look_inside(world).get(_cluster_of(world, key) or "", Inhabitants())


@contextmanager
def serve(cloud: Cloud, home: Path) -> Generator[Access]:
    """Serve a cloud on a free port of loopback, with an authority of its own.

    Args:
        cloud: what there is.
        home: where the simulated providers, which put all this into kubeconfigs, find the access to it.
    """
    server = Server()
    server.access.write(home)
    (home / AUTHORITY_FILE).write_text(server.access.authority)
    server.start(Apis(cloud, server.access.url).answer)
    try:
        yield server.access
    finally:
        server.close()


def variables(access: Access, home: Path) -> dict[str, str]:
    """What `ops.verify` needs to ask the simulation instead of Azure."""
    return {
        "NO_PROXY": LOOPBACK,  # all that there is to be reached
        "no_proxy": LOOPBACK,
        "REQUESTS_CA_BUNDLE": str(home / AUTHORITY_FILE),
        "VERIFY_AZURE_ENDPOINT": access.url,
        "VERIFY_AZURE_TOKEN": access.token,
    }


def _cluster_of(world: World, key: str) -> str | None:
    """Which cluster an address belongs to, by its id in lower case."""
    return next((c.id.lower() for c in world.of_type(aks.CLUSTER) if key_of(c.id).startswith(key)), None)
