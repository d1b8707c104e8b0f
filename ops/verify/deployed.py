"""What was deployed: the stacks' own outputs, whatever backend keeps them, or what the flags name."""

import json
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationError

from ops.verify.answers import Unanswered, one_line
from ops.verify.arm import Network
from ops.verify.kubeconfig import as_kubeconfig
from ops.verify.options import Options


@dataclass(frozen=True, kw_only=True)
class PlannedSubnet:
    """A subnet as the network stack made it."""

    id: str
    range: Network


@dataclass(frozen=True, kw_only=True)
class Planned:
    """What only this app's own stacks know about a cluster."""

    node_subnet: PlannedSubnet
    pod_subnet: PlannedSubnet
    identity_id: str
    identity_principal_id: str
    demo: bool
    kubeconfig: dict[str, Any] = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """The cluster to verify.

    Attributes:
        cluster_id: Azure's id of it.
        source: where this was learnt, in words.
        planned: None for a cluster this app did not make.
    """

    cluster_id: str
    source: str
    planned: Planned | None

    @property
    def subscription(self) -> str:
        """Id of the subscription."""
        return self.cluster_id.split("/")[2]

    @property
    def resource_group(self) -> str:
        """Name of the resource group."""
        return self.cluster_id.split("/")[4]

    @property
    def cluster(self) -> str:
        """Name of the cluster."""
        return self.cluster_id.split("/")[-1]


CLUSTER_ID = (
    r"(?i)^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.ContainerService/managedClusters/[^/]+$"
)


class _Output(BaseModel):
    value: object


class NetworkOutputs(BaseModel):
    """What verify needs of the network stack's outputs."""

    node_subnet_id: str
    node_subnet_range: Network
    pod_subnet_id: str
    pod_subnet_range: Network
    identity_id: str
    identity_principal_id: str


class AksOutputs(BaseModel):
    """What verify needs of the aks stack's outputs; no port-forward command means no demo."""

    cluster_id: Annotated[str, Field(pattern=CLUSTER_ID)]
    port_forward_command: str | None = None
    kube_config: str


def find(options: Options) -> Deployed:
    """Finds out what was deployed.

    Raises:
        Unanswered: the stacks' outputs cannot be read, or are not those of a finished deployment.
    """
    if options.cluster:
        group = f"/subscriptions/{options.subscription}/resourceGroups/{options.resource_group}"
        provider = "providers/Microsoft.ContainerService/managedClusters"
        return Deployed(cluster_id=f"{group}/{provider}/{options.cluster}", source="the flags", planned=None)
    try:
        network = NetworkOutputs.model_validate(_outputs(options.stacks / "network"))
        aks = AksOutputs.model_validate(_outputs(options.stacks / "aks"))
    except ValidationError as error:
        missing = ", ".join(sorted({str(problem["loc"][0]) for problem in error.errors(include_input=False)}))
        raise Unanswered(
            f"the stacks are not deployed, or not by this version (no usable output {missing}): run `make deploy`"
        ) from None
    return Deployed(
        cluster_id=aks.cluster_id,
        source=f"the outputs of the stacks in {options.stacks}",
        planned=Planned(
            node_subnet=PlannedSubnet(id=network.node_subnet_id, range=network.node_subnet_range),
            pod_subnet=PlannedSubnet(id=network.pod_subnet_id, range=network.pod_subnet_range),
            identity_id=network.identity_id,
            identity_principal_id=network.identity_principal_id,
            demo=aks.port_forward_command is not None,
            kubeconfig=as_kubeconfig(aks.kube_config),
        ),
    )


def _outputs(stack: Path) -> dict[str, object]:
    terraform = os.environ.get("TERRAFORM_BINARY_NAME", "terraform")
    if not stack.is_dir():
        raise Unanswered(f"there is no {stack}: run `make diff`, or name a cluster with --resource-group and --cluster")
    try:
        done = subprocess.run(
            [terraform, f"-chdir={stack}", "output", "-json", "-no-color"],
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except FileNotFoundError:
        raise Unanswered(
            f"the stacks' outputs need {terraform}: https://developer.hashicorp.com/terraform/install"
        ) from None
    if done.returncode:
        why = one_line((done.stderr.partition("Error: ")[2] or done.stderr).replace("│", " ").replace("╵", " "))
        raise Unanswered(f"`{terraform} output` failed in {stack}: {why} (`make diff` initialises it)")
    try:
        outputs: dict[str, Any] = json.loads(done.stdout)
        return {name: _Output.model_validate(output).value for name, output in outputs.items()}
    except (ValueError, AttributeError):
        raise Unanswered(f"`{terraform} output` printed something else than outputs in {stack}") from None
