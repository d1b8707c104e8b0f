"""What runs in a simulated cluster follows from its pools, its subnets and its policy, and is the same every time."""

from pathlib import Path

import kubernetes_validate  # pyright: ignore[reportMissingTypeStubs]
import pytest

from simulator.azure import Azure
from simulator.cloud import Cloud, Resource, World
from simulator.inhabitants import Inhabitants
from simulator.inside import look_inside
from simulator.kubernetes_objects import Pod
from simulator.outside import Outside
from simulator.values import Object, Value, conform
from tests.simulator.driving import CLUSTER, GROUP, NETWORK, POOL, RELEASE, SUBNET
from tests.simulator.services import ACCESS, SUBSCRIPTION, make, schemas

PLACE: Object = {"resource_group_name": "g", "location": "westeurope"}


class Scene:
    """A network in a cloud, in which clusters can be made."""

    def __init__(self, cloud: Cloud, *, pods: str = "10.242.0.0/16") -> None:
        self.cloud = cloud
        self.azure = Azure(cloud, ACCESS)
        block = schemas("azurerm").provider.block
        self.azure.configure(conform(block, {"subscription_id": SUBSCRIPTION, "features": [{}]}))
        make(self.azure, GROUP, name="g", location="westeurope")
        make(self.azure, NETWORK, **PLACE, name="v", address_space=["10.0.0.0/8"])
        self.nodes, self.pods = self._subnet("nodes", "10.243.0.0/24"), self._subnet("pods", pods)

    def _subnet(self, name: str, range_: str) -> Value:
        place: Object = {"resource_group_name": "g", "virtual_network_name": "v", "delegation": []}
        return make(self.azure, SUBNET, **place, name=name, address_prefixes=[range_])["id"]

    def pool(self, name: str, count: int, **more: Value) -> Object:
        subnets: Object = {"vnet_subnet_id": self.nodes, "pod_subnet_id": self.pods}
        return {"name": name, "vm_size": "s", "node_count": count, "upgrade_settings": [], **subnets, **more}

    def cluster(self, name: str = "c", *, policy: str | None = "calico", count: int = 3) -> Value:
        network: Object = {"network_plugin": "azure", "network_policy": policy, "service_cidr": "172.16.0.0/16"}
        identity: Object = {"type": "SystemAssigned", "identity_ids": []}
        asked: Object = {"name": name, "dns_prefix": name, "kubernetes_version": "1.35", **PLACE}
        pool = self.pool("system", count, zones=["1", "2", "3"])
        blocks: Object = {"default_node_pool": [pool], "network_profile": [network], "identity": [identity]}
        return make(self.azure, CLUSTER, **asked, **blocks)["id"]

    def inside(self) -> list[Inhabitants]:
        return list(look_inside(self.cloud.read()).values())


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(Cloud(tmp_path / "cloud.json"))


def daemons(cluster: Inhabitants) -> set[str]:
    return {pod.daemonset for pod in cluster.pods if pod.daemonset}


def deployed(cluster: Inhabitants) -> set[str]:
    return {each.name for each in cluster.deployments}


def install(world: World, cluster: Value, replicas: int) -> None:
    """A release of one deployment and its service."""
    metadata: Object = {"name": "web", "namespace": "shop"}
    labels: Object = {"app": "web"}
    containers: Value = [{"name": "web", "image": "web:1"}]
    template: Object = {"metadata": {"labels": labels}, "spec": {"containers": containers}}
    deployment: Object = {"replicas": replicas, "template": template}
    service: Object = {"selector": labels, "ports": [{"name": "http", "port": 80}]}
    id_ = f"{cluster}/releases/shop/web"
    world.resources[id_.lower()] = Resource(RELEASE, id_, {})
    world.manifests[id_.lower()] = [
        {"kind": "Deployment", "metadata": metadata, "spec": deployment},
        {"kind": "Service", "metadata": metadata, "spec": service},
    ]


@pytest.mark.parametrize(
    ("policy", "daemonsets", "deployments"),
    [
        ("calico", {"azure-cns", "calico-node", "kube-proxy"}, {"coredns", "tigera-operator"}),
        ("azure", {"azure-cns", "azure-npm", "kube-proxy"}, {"coredns"}),
        ("cilium", {"azure-cns", "cilium"}, {"coredns"}),
        (None, {"azure-cns", "kube-proxy"}, {"coredns"}),
    ],
)
def test_the_policy_decides_what_runs_on_every_node(
    scene: Scene, policy: str | None, daemonsets: set[str], deployments: set[str]
) -> None:
    scene.cluster(policy=policy)
    (cluster,) = scene.inside()
    assert daemons(cluster) == daemonsets
    assert deployed(cluster) == deployments
    for node in cluster.nodes:
        assert {pod.daemonset for pod in cluster.pods if pod.node == node.name and pod.daemonset} == daemonsets


def test_every_address_is_given_once_also_to_two_clusters_on_the_same_subnets(scene: Scene) -> None:
    first, _ = scene.cluster("a"), scene.cluster("b")
    make(scene.azure, POOL, kubernetes_cluster_id=first, **scene.pool("apps", 2))
    clusters = scene.inside()
    nodes = [address for cluster in clusters for node in cluster.nodes for address in node.addresses]
    pods = [address for c in clusters for pod in c.pods if not pod.host_network for address in pod.addresses]
    assert nodes == [f"10.243.0.{n}" for n in range(4, 12)]
    assert len(set(pods)) == len(pods) == 4
    assert [node.zone for node in clusters[0].nodes] == ["westeurope-1", "westeurope-2", "westeurope-3", "", ""]


def test_the_same_cloud_always_has_the_same_inside(scene: Scene) -> None:
    scene.cluster()
    assert scene.inside() == scene.inside()


def test_a_node_takes_another_batch_when_fewer_than_eight_addresses_are_free(scene: Scene) -> None:
    cluster = scene.cluster(count=1)
    for replicas, batches in ((6, 1), (7, 2), (22, 2), (23, 3)):  # and two of CoreDNS
        with scene.cloud.change() as world:
            install(world, cluster, replicas)
        (inside,) = scene.inside()
        assert (inside.nodes[0].requested, inside.nodes[0].assigned) == (16 * batches, 16 * batches)


def test_pods_wait_where_the_pod_subnet_is_full(tmp_path: Path) -> None:
    scene = Scene(Cloud(tmp_path / "cloud.json"), pods="10.242.0.0/27")
    cluster = scene.cluster(count=1)
    with scene.cloud.change() as world:
        install(world, cluster, 40)
    (inside,) = scene.inside()
    waiting = [pod for pod in inside.pods if not pod.addresses]
    assert len(waiting) == 42 - 27
    assert {pod.phase for pod in waiting} == {"Pending"}
    assert inside.nodes[0].subnet_full
    assert inside.nodes[0].assigned == 27
    web = next(each for each in inside.deployments if each.name == "web")
    assert web.available == 40 - len(waiting)


def test_a_service_answers_for_the_pods_behind_it_and_for_none_if_there_are_none(scene: Scene) -> None:
    cluster = scene.cluster()
    with scene.cloud.change() as world:
        install(world, cluster, 2)
    (inside,) = scene.inside()
    page = inside.page_of("shop", "web", "80") or ""
    assert any(pod.name in page for pod in inside.pods if pod.namespace == "shop")
    assert inside.page_of("shop", "web", "http") == page
    assert inside.page_of("shop", "web", "81") is None
    with scene.cloud.change() as world:
        install(world, cluster, 0)
    assert scene.inside()[0].page_of("shop", "web", "80") is None


def test_a_pod_can_be_moved_by_hand(scene: Scene) -> None:
    scene.cluster()

    def coredns() -> Pod:
        return next(pod for pod in scene.inside()[0].pods if pod.name.startswith("coredns"))

    with scene.cloud.change() as world:
        world.moved[f"kube-system/{coredns().name}"] = "192.0.2.1"
    assert coredns().addresses == ["192.0.2.1"]


def test_its_objects_are_what_kubernetes_has(scene: Scene) -> None:
    scene.cluster()
    (inside,) = scene.inside()
    for item in (*inside.nodes, *inside.pods, *inside.deployments):
        kubernetes_validate.validate(item.as_kubernetes(), "1.35", strict=True)


def test_azure_says_of_a_preview_feature_what_terraform_registered(scene: Scene) -> None:
    known = ("Microsoft.ContainerService", "PodSubnetPreview")
    assert Outside(scene.cloud.read()).feature(*known) == "NotRegistered"
    feature: Object = {"name": known[1], "registered": True}
    make(scene.azure, "azurerm_resource_provider_registration", name="Microsoft.Other", feature=[feature])
    assert Outside(scene.cloud.read()).feature("Microsoft.Other", known[1]) == "Registered"
    assert Outside(scene.cloud.read()).feature(*known) == "NotRegistered"
