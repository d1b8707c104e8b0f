"""Where the stacks keep their Terraform state, and how one stack reads another's."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

from cdktf import (
    AzurermBackend,
    CloudBackend,
    DataTerraformRemoteState,
    DataTerraformRemoteStateAzurerm,
    DataTerraformRemoteStateLocal,
    LocalBackend,
    NamedCloudWorkspace,
    NamedRemoteWorkspace,
    TerraformRemoteState,
    TerraformStack,
)

from stacks.settings import Settings, StateBackend

PROJECT = "aks-pod-subnets"
FROM_STACK_TO_PROJECT = "../../.."
"""Terraform runs a stack in cdktf.out/stacks/<stack>; a relative path is the same on every machine."""


@dataclass(frozen=True, kw_only=True)
class State(ABC):
    """Keeps the state of every stack of one environment.

    Attributes:
        environment: keeps the states of two environments apart.
    """

    environment: str

    @abstractmethod
    def keep(self, stack: TerraformStack, name: str) -> None:
        """Have the stack of this name keep its state here."""

    @abstractmethod
    def read(self, stack: TerraformStack, name: str) -> TerraformRemoteState:
        """Let a stack read the outputs of the stack of this name."""


@dataclass(frozen=True, kw_only=True)
class LocalState(State):
    """Files beside the project; Terraform locks them on this machine only."""

    def keep(self, stack: TerraformStack, name: str) -> None:
        """Have the stack of this name keep its state here."""
        LocalBackend(stack, path=self._path(name))

    def read(self, stack: TerraformStack, name: str) -> TerraformRemoteState:
        """Let a stack read the outputs of the stack of this name."""
        return DataTerraformRemoteStateLocal(stack, name, path=self._path(name))

    def _path(self, name: str) -> str:
        return f"{FROM_STACK_TO_PROJECT}/terraform.{self.environment}.{name}.tfstate"


@dataclass(frozen=True, kw_only=True)
class AzurermState(State):
    """Blobs of a storage account, locked by a lease; credentials come from the environment."""

    resource_group: str
    storage_account: str
    container: str

    def keep(self, stack: TerraformStack, name: str) -> None:
        """Have the stack of this name keep its state here."""
        AzurermBackend(
            stack,
            resource_group_name=self.resource_group,
            storage_account_name=self.storage_account,
            container_name=self.container,
            key=self._key(name),
        )

    def read(self, stack: TerraformStack, name: str) -> TerraformRemoteState:
        """Let a stack read the outputs of the stack of this name."""
        return DataTerraformRemoteStateAzurerm(
            stack,
            name,
            resource_group_name=self.resource_group,
            storage_account_name=self.storage_account,
            container_name=self.container,
            key=self._key(name),
        )

    def _key(self, name: str) -> str:
        return f"{PROJECT}/{self.environment}/{name}.tfstate"


@dataclass(frozen=True, kw_only=True)
class HcpState(State):
    """Workspaces of HCP Terraform; `aks` must be allowed to read the state of `network` there."""

    organization: str

    def keep(self, stack: TerraformStack, name: str) -> None:
        """Have the stack of this name keep its state here."""
        CloudBackend(stack, organization=self.organization, workspaces=NamedCloudWorkspace(self._workspace(name)))

    def read(self, stack: TerraformStack, name: str) -> TerraformRemoteState:
        """Let a stack read the outputs of the stack of this name."""
        return DataTerraformRemoteState(
            stack, name, organization=self.organization, workspaces=NamedRemoteWorkspace(self._workspace(name))
        )

    def _workspace(self, name: str) -> str:
        return f"{PROJECT}-{self.environment}-{name}"


def state_of(settings: Settings) -> State:
    """The state backend the settings choose; the settings make sure that it is completely told."""
    environment = settings.environment
    match settings.state_backend:
        case StateBackend.LOCAL:
            return LocalState(environment=environment)
        case StateBackend.AZURERM:
            return AzurermState(
                environment=environment,
                resource_group=settings.state_resource_group or "",
                storage_account=settings.state_storage_account or "",
                container=settings.state_container or "",
            )
        case StateBackend.HCP:
            return HcpState(environment=environment, organization=settings.state_organization or "")
