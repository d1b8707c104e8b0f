"""The hello-kubernetes demo: one page that says which pod on which node answered."""

import json
from dataclasses import dataclass
from pathlib import Path

from cdktf import AssetType, TerraformAsset
from cdktf_cdktf_provider_helm.release import Release
from constructs import Construct

NAME = "hello-kubernetes"
SERVICE_PORT = 80


@dataclass(frozen=True, kw_only=True)
class Resources:
    """What a pod asks of its node, and what it may take at most, in Kubernetes quantities.

    Defaults: the walkthrough's.
    """

    cpu_request: str = "80m"
    memory_request: str = "64Mi"
    cpu_limit: str = "250m"
    memory_limit: str = "128Mi"


class HelloKubernetes(Construct):
    """A Helm release of the demo's chart, which is installed completely or not at all.

    Attributes:
        release: the Helm release.
        namespace: where it runs.
        port_forward_command: what brings the page to http://localhost:8080.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        chart: Path,
        namespace: str = "hello",
        replicas: int = 3,
        image_repository: str = "paulbouwer/hello-kubernetes",
        image_tag: str = "1.10",
        resources: Resources | None = None,
        timeout_seconds: int = 300,
    ) -> None:
        """Install the chart.

        Args:
            scope: parent.
            id_: construct id.
            chart: folder of the chart.
            namespace: made if it is missing; it stays after a destroy, as Helm leaves it. Default: hello.
            replicas: pods, 1 or more. Default: 3.
            image_repository: default paulbouwer/hello-kubernetes.
            image_tag: default 1.10.
            resources: of each pod. Default: the walkthrough's.
            timeout_seconds: how long to wait until every pod is ready. Default: 300.

        Raises:
            ValueError: there is no chart in the folder, or no replica.
        """
        super().__init__(scope, id_)
        if not (chart / "Chart.yaml").is_file():
            raise ValueError(f"there is no Helm chart in {chart.name}: Chart.yaml is missing")
        if replicas < 1:
            raise ValueError(f"replicas is {replicas}: use 1 or more")
        resources = resources or Resources()
        asset = TerraformAsset(self, "chart", path=str(chart), type=AssetType.DIRECTORY)
        values = {
            "replicas": replicas,
            "image": {"repository": image_repository, "tag": image_tag},
            "service": {"port": SERVICE_PORT},
            "resources": {
                "requests": {"cpu": resources.cpu_request, "memory": resources.memory_request},
                "limits": {"cpu": resources.cpu_limit, "memory": resources.memory_limit},
            },
        }
        self.namespace = namespace
        self.release = Release(
            self,
            "release",
            name=NAME,
            chart=asset.path,
            namespace=namespace,
            create_namespace=True,
            values=[json.dumps(values, indent=2)],  # Helm reads YAML, of which JSON is a part
            wait=True,
            atomic=True,
            timeout=timeout_seconds,
        )

    @property
    def port_forward_command(self) -> str:
        """What a person types to reach the page at http://localhost:8080."""
        return f"kubectl port-forward --namespace {self.namespace} service/{NAME} 8080:{SERVICE_PORT}"
