"""Charts are Helm's own business; the cluster behind them must be there and let one in."""

from pathlib import Path

import pytest

from simulator.chart import render
from simulator.cloud import Cloud, RefusedError, Resource
from simulator.cluster import decoded, described
from simulator.helm import Helm
from simulator.values import UNKNOWN, Object, Value, conform, objects
from tests.simulator.driving import CLUSTER, RELEASE
from tests.simulator.services import ACCESS, block_of, change, make, schemas

CLUSTER_ID = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/c"


@pytest.fixture
def cloud(tmp_path: Path) -> Cloud:
    """A cloud with a cluster in it."""
    cloud = Cloud(tmp_path / "cloud.json")
    asked = conform(block_of(CLUSTER), {"name": "c", "resource_group_name": "g", "location": "westeurope"})
    attributes = asked | described(CLUSTER_ID, asked, ACCESS)
    with cloud.change() as world:
        world.resources[CLUSTER_ID.lower()] = Resource(CLUSTER, CLUSTER_ID, attributes)
    return cloud


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    chart = tmp_path / "hello"
    (chart / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: hello\nversion: 1.2.3\nappVersion: '9'\n")
    (chart / "values.yaml").write_text("replicas: 1\n")
    (chart / "values.schema.json").write_text('{"properties": {"replicas": {"type": "integer"}}}')
    (chart / "templates" / "map.yaml").write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: '{{ .Release.Name }}'}\n"
        "data: {replicas: '{{ .Values.replicas }}', label: '{{ .Values.label }}'}\n"
    )
    return chart


def connected(cloud: Cloud, **access: str) -> Helm:
    (issued,) = objects(cloud.read().of_type(CLUSTER)[0].attributes["kube_config"])
    parts = ("client_certificate", "client_key", "cluster_ca_certificate")
    right: Object = {"host": issued["host"]} | {part: decoded(issued[part]) for part in parts}
    helm = Helm(cloud)
    helm.configure(conform(schemas("helm").provider.block, {"kubernetes": right | access}))
    return helm


def release(chart: Path, **more: Value) -> Object:
    wanted: Object = {"name": "hello", "chart": str(chart), "namespace": "hello", "create_namespace": True}
    wanted["values"] = ["replicas: 2\nlabel: one"]
    return wanted | more


def test_a_release_tells_what_the_chart_says(cloud: Cloud, chart: Path) -> None:
    made = make(connected(cloud), RELEASE, **release(chart))
    (metadata,) = objects(made["metadata"])
    assert (metadata["version"], metadata["app_version"], metadata["revision"]) == ("1.2.3", "9", 1)
    assert made["status"] == "deployed"
    assert connected(cloud).read(RELEASE, made) == made


def test_values_are_merged_in_helms_order(chart: Path) -> None:
    wanted = conform(block_of(RELEASE), release(chart, set=[{"name": "label", "value": "two", "type": None}]))
    assert render(wanted)["hello/templates/map.yaml"].endswith("data: {replicas: '2', label: 'two'}\n")


def test_an_upgrade_is_the_next_revision(cloud: Cloud, chart: Path) -> None:
    made = make(connected(cloud), RELEASE, **release(chart))
    upgraded = change(connected(cloud), RELEASE, made, values=["replicas: 3"])
    assert objects(upgraded["metadata"])[0]["revision"] == 2


@pytest.mark.parametrize(
    ("access", "told"),
    [
        ({"host": "https://gone.azmk8s.io:443"}, "unreachable.*lookup gone.azmk8s.io: no such host"),
        ({"client_key": "another"}, "asked for the client to provide credentials"),
    ],
)
def test_a_cluster_that_is_not_there_or_does_not_let_one_in_is_refused(
    cloud: Cloud, chart: Path, access: dict[str, str], told: str
) -> None:
    with pytest.raises(RefusedError, match=told):
        make(connected(cloud, **access), RELEASE, **release(chart))


def test_a_release_whose_cluster_is_gone_is_gone(cloud: Cloud, chart: Path) -> None:
    helm = connected(cloud)
    made = make(helm, RELEASE, **release(chart))
    with cloud.change() as world:
        del world.resources[CLUSTER_ID.lower()]
    assert helm.read(RELEASE, made) is None


def test_a_cluster_that_is_not_known_yet_does_not_stop_a_plan(cloud: Cloud, chart: Path) -> None:
    helm = Helm(cloud)
    helm.configure({"kubernetes": UNKNOWN})
    helm.check(RELEASE, conform(block_of(RELEASE), release(chart)))


@pytest.mark.parametrize(
    ("file", "text", "told"),
    [
        ("Chart.yaml", "name: [", "chart .*hello"),
        ("templates/map.yaml", "{{ .Values.label | nosuch }}", "nosuch"),
    ],
)
def test_a_bad_chart_is_refused_at_plan(cloud: Cloud, chart: Path, file: str, text: str, told: str) -> None:
    (chart / file).write_text(text)
    with pytest.raises(RefusedError, match=told):
        connected(cloud).check(RELEASE, conform(block_of(RELEASE), release(chart)))


def test_values_against_the_charts_schema_are_refused(cloud: Cloud, chart: Path) -> None:
    with pytest.raises(RefusedError, match="replicas"):
        make(connected(cloud), RELEASE, **release(chart, values=["replicas: many"]))


def test_a_namespace_that_nobody_made_is_refused(cloud: Cloud, chart: Path) -> None:
    with pytest.raises(RefusedError, match='namespaces "hello" not found'):
        make(connected(cloud), RELEASE, **release(chart, create_namespace=False))


def test_a_name_in_use_is_refused(cloud: Cloud, chart: Path) -> None:
    make(connected(cloud), RELEASE, **release(chart))
    with pytest.raises(RefusedError, match="still in use"):
        make(connected(cloud), RELEASE, **release(chart))


def test_the_template_data_source_renders_without_a_cluster(cloud: Cloud, chart: Path) -> None:
    block = schemas("helm").data_source_schemas["helm_template"].block
    wanted = conform(block, {"name": "hello", "chart": str(chart), "values": ["label: one"]})
    assert "label: 'one'" in str(Helm(cloud).look_up("helm_template", block, wanted)["manifest"])
