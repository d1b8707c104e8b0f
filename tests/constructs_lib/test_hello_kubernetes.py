import json
from pathlib import Path

import pytest

from constructs_lib.hello_kubernetes import HelloKubernetes, Resources
from tests.synthesis import only, synthesized

CHART = Path(__file__).parents[2] / "charts" / "hello-kubernetes"


def test_the_release_is_installed_completely_or_not_at_all() -> None:
    release = only(synthesized(lambda scope: HelloKubernetes(scope, "demo", chart=CHART)), "helm_release")
    assert (release["name"], release["namespace"], release["create_namespace"]) == ("hello-kubernetes", "hello", True)
    assert (release["wait"], release["atomic"], release["timeout"]) == (True, True, 300)


def test_values_are_the_walkthroughs() -> None:
    release = only(synthesized(lambda scope: HelloKubernetes(scope, "demo", chart=CHART)), "helm_release")
    assert json.loads(release["values"][0]) == {
        "replicas": 3,
        "image": {"repository": "paulbouwer/hello-kubernetes", "tag": "1.10"},
        "service": {"port": 80},
        "resources": {"requests": {"cpu": "80m", "memory": "64Mi"}, "limits": {"cpu": "250m", "memory": "128Mi"}},
    }


def test_values_come_from_the_properties() -> None:
    release = only(
        synthesized(
            lambda scope: HelloKubernetes(
                scope,
                "demo",
                chart=CHART,
                namespace="other",
                replicas=5,
                image_repository="mirror/hello",
                image_tag="2",
                resources=Resources(cpu_limit="1"),
                timeout_seconds=60,
            )
        ),
        "helm_release",
    )
    values = json.loads(release["values"][0])
    assert (release["namespace"], release["timeout"]) == ("other", 60)
    assert (values["replicas"], values["image"]) == (5, {"repository": "mirror/hello", "tag": "2"})
    assert values["resources"]["limits"] == {"cpu": "1", "memory": "128Mi"}


def test_the_chart_travels_with_the_json() -> None:
    release = only(synthesized(lambda scope: HelloKubernetes(scope, "demo", chart=CHART)), "helm_release")
    assert release["chart"].startswith("assets/")


def test_the_port_forward_reaches_the_service() -> None:
    made: list[HelloKubernetes] = []
    synthesized(lambda scope: made.append(HelloKubernetes(scope, "demo", chart=CHART)))
    assert made[0].port_forward_command == ("kubectl port-forward --namespace hello service/hello-kubernetes 8080:80")


def test_a_folder_without_a_chart_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"no Helm chart in .*Chart.yaml is missing"):
        synthesized(lambda scope: HelloKubernetes(scope, "demo", chart=tmp_path))


def test_no_replica_is_refused() -> None:
    with pytest.raises(ValueError, match="replicas is 0: use 1 or more"):
        synthesized(lambda scope: HelloKubernetes(scope, "demo", chart=CHART, replicas=0))
