"""What the stacks publish: `aks` reads what `network` publishes, both from one definition.

Each class names its outputs once; publisher and reader are derived from it, so an output that is read but not
published cannot exist. The names are stable: other Terraform code and people may read them too.
"""

from dataclasses import dataclass, field, fields
from typing import Any, Self

from cdktf import TerraformOutput, TerraformRemoteState, TerraformStack


def _output(description: str, *, sensitive: bool = False, optional: bool = False) -> Any:
    metadata = {"description": description, "sensitive": sensitive}
    return field(metadata=metadata, default=None) if optional else field(metadata=metadata)


@dataclass(frozen=True, kw_only=True)
class _Outputs:
    """Outputs of a stack; the fields of a subclass are their names."""

    def publish(self, stack: TerraformStack) -> None:
        """Write every output that has a value into the stack."""
        for output in fields(self):
            value = getattr(self, output.name)
            if value is not None:
                TerraformOutput(
                    stack,
                    output.name,
                    static_id=True,
                    value=value,
                    description=output.metadata["description"],
                    sensitive=output.metadata["sensitive"] or None,
                )


@dataclass(frozen=True, kw_only=True)
class NetworkOutputs(_Outputs):
    """What `network` publishes and `aks` is built from."""

    resource_group_name: str = _output("Resource group of the network, the identity and the cluster")
    location: str = _output("Azure region of all of it")
    network_id: str = _output("ARM id of the virtual network")
    node_subnet_id: str = _output("ARM id of the subnet that nodes and host-network pods live in")
    node_subnet_range: str = _output("Addresses of the node subnet")
    pod_subnet_id: str = _output("ARM id of the subnet that all other pods live in")
    pod_subnet_range: str = _output("Addresses of the pod subnet")
    identity_id: str = _output("ARM id of the managed identity the cluster runs as")
    identity_principal_id: str = _output("Object id of that identity in the directory")

    @classmethod
    def read(cls, state: TerraformRemoteState) -> Self:
        """Refer to the outputs in the state of the stack that published them."""
        return cls(**{output.name: state.get_string(output.name) for output in fields(cls)})


@dataclass(frozen=True, kw_only=True)
class AksOutputs(_Outputs):
    """What `aks` publishes, for people and for pipelines."""

    cluster_name: str = _output("Name of the AKS cluster")
    cluster_id: str = _output("ARM id of the AKS cluster")
    node_resource_group: str = _output("Resource group AKS made for the nodes")
    oidc_issuer_url: str = _output("Issuer of service account tokens, for workload identity federation")
    kubernetes_version: str = _output("Kubernetes version of the control plane, with its patch")
    get_credentials_command: str = _output("Puts the cluster into your kubeconfig")
    port_forward_command: str | None = _output("Brings the demo to http://localhost:8080", optional=True)
    kube_config: str = _output("Kubeconfig of a cluster user", sensitive=True)
