"""The chart, linted and rendered by a real Helm engine and held against Kubernetes' own schemas."""

from pathlib import Path
from typing import Any

import helm_python
import kubernetes_validate
import pytest
import yaml

CHART = Path(__file__).parents[2] / "charts" / "hello-kubernetes"
HELM_INFO = 1
KUBERNETES_VERSIONS = ("1.30", "1.33", "1.35", "1.37")


def rendered(values: dict[str, Any] | None = None) -> dict[str, Any]:
    """Every manifest by its kind."""
    chart = helm_python.Chart.load(CHART)
    output = chart.render(values, name="hello-kubernetes", namespace="hello")
    texts = [text for name, text in output.items() if name.endswith(".yaml")]
    manifests = [manifest for text in texts for manifest in yaml.safe_load_all(text) if manifest]
    return {manifest["kind"]: manifest for manifest in manifests}


@pytest.fixture(scope="module")
def default() -> dict[str, Any]:
    return rendered()


@pytest.fixture(scope="module")
def pod(default: dict[str, Any]) -> dict[str, Any]:
    return default["Deployment"]["spec"]["template"]["spec"]


def test_helm_finds_nothing_to_complain_about() -> None:
    report = helm_python.lint(CHART, strict=True)
    assert report["total_charts_linted"] == 1
    assert [message for message in report["messages"] if message["severity"] > HELM_INFO] == []
    assert report["errors"] == []


@pytest.mark.parametrize("version", KUBERNETES_VERSIONS)
@pytest.mark.parametrize("values", [None, {"message": "hi", "service": {"type": "LoadBalancer", "port": 8080}}])
def test_every_manifest_is_valid_kubernetes(version: str, values: dict[str, Any] | None) -> None:
    manifests = rendered(values)
    assert set(manifests) == {"Deployment", "Service", "NetworkPolicy"}
    for manifest in manifests.values():
        kubernetes_validate.validate(manifest, version, strict=True)


def test_it_runs_three_replicas_of_the_walkthroughs_image(default: dict[str, Any], pod: dict[str, Any]) -> None:
    assert default["Deployment"]["spec"]["replicas"] == 3
    assert pod["containers"][0]["image"] == "paulbouwer/hello-kubernetes:1.10"


def test_it_asks_for_the_walkthroughs_resources(pod: dict[str, Any]) -> None:
    assert pod["containers"][0]["resources"] == {
        "requests": {"cpu": "80m", "memory": "64Mi"},
        "limits": {"cpu": "250m", "memory": "128Mi"},
    }


def test_the_page_knows_its_pod_namespace_and_node(pod: dict[str, Any]) -> None:
    fields = {env["name"]: env["valueFrom"]["fieldRef"]["fieldPath"] for env in pod["containers"][0]["env"]}
    assert fields == {
        "KUBERNETES_NAMESPACE": "metadata.namespace",
        "KUBERNETES_POD_NAME": "metadata.name",
        "KUBERNETES_NODE_NAME": "spec.nodeName",
    }


def test_it_is_probed_on_its_port(pod: dict[str, Any]) -> None:
    container = pod["containers"][0]
    assert container["ports"] == [{"name": "http", "containerPort": 8080}]
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert container[probe]["httpGet"] == {"path": "/", "port": "http"}


def test_it_runs_without_privileges(pod: dict[str, Any]) -> None:
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] > 0
    assert pod["automountServiceAccountToken"] is False
    assert pod["containers"][0]["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
    }


def test_pods_are_spread_over_zones_and_nodes(default: dict[str, Any], pod: dict[str, Any]) -> None:
    labels = default["Deployment"]["spec"]["template"]["metadata"]["labels"]
    constraints = pod["topologySpreadConstraints"]
    assert [c["topologyKey"] for c in constraints] == ["topology.kubernetes.io/zone", "kubernetes.io/hostname"]
    assert all(c["labelSelector"]["matchLabels"].items() <= labels.items() for c in constraints)


def test_the_service_and_the_policy_select_the_pods(default: dict[str, Any]) -> None:
    labels = default["Deployment"]["spec"]["template"]["metadata"]["labels"]
    assert default["Service"]["spec"]["selector"].items() <= labels.items()
    assert default["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"].items() <= labels.items()
    assert default["Service"]["spec"]["ports"] == [{"name": "http", "port": 80, "targetPort": "http"}]


def test_the_policy_admits_only_the_port(default: dict[str, Any]) -> None:
    assert default["NetworkPolicy"]["spec"]["policyTypes"] == ["Ingress"]
    assert default["NetworkPolicy"]["spec"]["ingress"] == [{"ports": [{"protocol": "TCP", "port": "http"}]}]


def test_values_change_what_they_name() -> None:
    manifests = rendered({"replicas": 5, "image": {"repository": "mirror/hello", "tag": "2"}, "message": 'say "hi"'})
    container = manifests["Deployment"]["spec"]["template"]["spec"]["containers"][0]
    assert manifests["Deployment"]["spec"]["replicas"] == 5
    assert container["image"] == "mirror/hello:2"
    assert {"name": "MESSAGE", "value": 'say "hi"'} in container["env"]


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"replicas": 0}, "replicas"),
        ({"replica": 1}, "replica"),
        ({"image": {"repository": ""}}, "repository"),
        ({"service": {"port": 70000}}, "port"),
        ({"service": {"type": "ExternalName"}}, "type"),
        ({"resources": {"limits": {"cpu": "lots"}}}, "cpu"),
    ],
)
def test_values_that_make_no_sense_are_refused(values: dict[str, Any], named: str) -> None:
    with pytest.raises(helm_python.HelmError, match=named):
        helm_python.Chart.load(CHART).validate_schema(values)
