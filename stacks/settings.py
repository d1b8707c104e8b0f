"""What a user may set, read from the environment, ``.env`` and ``environments/<name>.toml``."""

from dataclasses import fields
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)
from pydantic.dataclasses import dataclass
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from constructs_lib.addressing import AddressPlan, Finding, usual_dns_ip
from constructs_lib.node_pool import ZONES, NodePool
from stacks.setting_types import (
    ClusterName,
    FeatureNames,
    IdentityName,
    KubernetesVersion,
    Location,
    MaxPods,
    MaxSurge,
    NodeCount,
    NodePoolName,
    OrganizationName,
    Range,
    ResourceGroupName,
    StorageAccountName,
    StorageContainerName,
    SubnetName,
    Tags,
    VirtualNetworkName,
    VmSize,
    Zones,
    tables,
)
from stacks.settings_rules import contradictions

PREFIX = "AZ_"


class StateBackend(StrEnum):
    """Where Terraform keeps the state of both stacks."""

    LOCAL = "local"
    AZURERM = "azurerm"
    HCP = "hcp"


class PreviewFeature(StrEnum):
    """What to do about the subscription's PodSubnetPreview flag."""

    OFF = "off"
    REGISTER = "register"
    ADOPT = "adopt"


@dataclass(frozen=True, kw_only=True, config=ConfigDict(extra="forbid"))
class UserNodePool(NodePool):
    """One more node pool, as a table ``[[node_pools]]`` in TOML or an object in AZ_NODE_POOLS.

    What can be wrong with one value by itself is checked by its type, so that each is reported; a `NodePool`
    is only made, and checks itself, when all of them are right.
    """

    name: NodePoolName
    vm_size: VmSize
    node_count: NodeCount = NodePool.node_count
    node_count_max: NodeCount | None = None
    max_pods: MaxPods = NodePool.max_pods
    max_surge: MaxSurge = NodePool.max_surge
    zones: Zones = ZONES


class InvalidSettingsError(Exception):
    """The settings cannot be used.

    Attributes:
        problems: everything that is wrong, each with the setting as its subject.
    """

    def __init__(self, problems: list[Finding]) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = problems


def _finding(detail: ErrorDetails) -> Finding:
    """Say a validation error as a person would."""
    setting, *where = detail["loc"]
    error = detail.get("ctx", {}).get("error")
    match detail["type"]:
        case "missing":
            message = "is missing"
        case "unexpected_keyword_argument":
            message = f"is not known: use {', '.join(field.name for field in fields(UserNodePool))}"
        case _:
            message = str(error) if isinstance(error, ValueError) else f"{detail['input']!r}: {detail['msg']}"
    place = ", ".join(f"entry {part + 1}" if isinstance(part, int) else part for part in where)
    return Finding(subject=str(setting), message=f"{place}: {message}" if place else message)


class Settings(BaseSettings):
    """Everything a user may set; every setting has a default.

    A setting ``x`` is the variable ``AZ_X`` and the key ``x`` in ``environments/<name>.toml``;
    `stacks.settings_loader.load` reads them all.

    Raises:
        InvalidSettingsError: with every problem there is, also between settings.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="ignore", frozen=True, validate_default=True
    )

    SYSTEM_POOL: ClassVar = "system"

    environment: str = Field(default="dev", description="Environment: which file of `environments/` is read")

    resource_group: ResourceGroupName = Field(
        default="aks-pod-subnets", description="Resource group of everything but the nodes"
    )
    location: Location = Field(default="eastus2", description="Azure region")
    tags: Tags = Field(
        default={}, description="Tags of everything that takes tags, as `name=value,name=value`; `none` for no tags"
    )
    protect_resource_group: bool = Field(
        default=True, description="Refuse to delete the resource group while it holds anything this app did not make"
    )

    vnet_name: VirtualNetworkName = Field(default="aks-vnet", description="Name of the virtual network")
    vnet_range: Range = Field(default=IPv4Network("10.240.0.0/12"), description="Address space of the virtual network")
    node_subnet_name: SubnetName = Field(default="nodes", description="Name of the subnet for nodes")
    node_subnet_range: Range = Field(default=IPv4Network("10.243.0.0/16"), description="Addresses of nodes")
    pod_subnet_name: SubnetName = Field(default="pods", description="Name of the subnet for pods")
    pod_subnet_range: Range = Field(default=IPv4Network("10.242.0.0/16"), description="Addresses of pods, /16 at most")
    service_range: Range = Field(
        default=IPv4Network("172.16.0.0/16"),
        description="Virtual addresses of Kubernetes services, outside the network",
    )
    dns_service_ip: IPv4Address | None = Field(
        default=None, description="Address of the cluster's DNS; unset, the tenth of the service range"
    )

    aks_cluster_name: ClusterName = Field(default="aks", description="Name of the AKS cluster")
    aks_identity_name: IdentityName | None = Field(
        default=None, description="Name of the cluster's managed identity; unset, the cluster's with `-identity`"
    )
    aks_sku_tier: Literal["Free", "Standard", "Premium"] = Field(
        default="Free", description="Control plane tier: `Standard` and `Premium` come with an uptime SLA"
    )
    kubernetes_version: KubernetesVersion | None = Field(
        default=None,
        description="Kubernetes version, `1.35.1`, or `1.35` for its latest patch at creation; unset, AKS chooses and"
        " this app leaves it alone",
    )
    net_plugin: Literal["azure"] = Field(default="azure", description="Network plugin; pod subnets need Azure CNI")
    net_policy: Literal["calico", "azure", "cilium"] = Field(default="calico", description="Network policy engine")
    pod_subnet_preview: PreviewFeature = Field(
        default=PreviewFeature.OFF,
        description="Subscription's PodSubnetPreview flag: `off`, `register`, or `adopt` where the provider"
        " Microsoft.ContainerService is registered already",
    )
    other_preview_features: FeatureNames = Field(
        default=(),
        description="Feature flags of Microsoft.ContainerService to keep, where `AZ_POD_SUBNET_PREVIEW` is not `off`:"
        " Terraform unregisters those it is not told of",
    )

    vm_size: VmSize = Field(default="Standard_DS2_v2", description="Machine size of nodes")
    node_count: NodeCount = Field(default=3, description="Nodes of the system pool; the fewest with autoscaling")
    node_count_max: NodeCount | None = Field(
        default=None, description="Nodes of the system pool at most; set, it turns autoscaling on"
    )
    zones: Zones = Field(
        default=ZONES, description="Availability zones of nodes, as `1,2,3`; `none` where the region has none"
    )
    max_pods: MaxPods = Field(default=250, description="Pods a node of the system pool may run")
    node_pools: Annotated[tuple[UserNodePool, ...], NoDecode, BeforeValidator(tables)] = Field(
        default=(), description="User node pools, a JSON list (in TOML, `[[node_pools]]`)"
    )

    demo: bool = Field(default=True, description="Install the hello-kubernetes demo")

    state_backend: StateBackend = Field(default=StateBackend.LOCAL, description="Where Terraform keeps state")
    state_resource_group: ResourceGroupName | None = Field(
        default=None, description="`azurerm` state: resource group of the storage account"
    )
    state_storage_account: StorageAccountName | None = Field(
        default=None, description="`azurerm` state: storage account"
    )
    state_container: StorageContainerName | None = Field(default=None, description="`azurerm` state: blob container")
    state_organization: OrganizationName | None = Field(
        default=None, description="`hcp` state: HCP Terraform organization"
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Put variables above arguments: the environment's file arrives as arguments."""
        del settings_cls, file_secret_settings
        return env_settings, dotenv_settings, init_settings

    @model_validator(mode="wrap")
    @classmethod
    def _every_problem_at_once(cls, values: dict[str, Any], validate: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            settings, problems = validate(values), []
        except ValidationError as error:
            problems = [_finding(detail) for detail in error.errors()]
            # the settings that are right by themselves may still contradict one another
            wrong = {problem.subject for problem in problems}
            settings = validate({name: value for name, value in values.items() if name not in wrong})
        if problems := problems + contradictions(settings, leave_out={problem.subject for problem in problems}):
            raise InvalidSettingsError(problems)
        return settings

    @property
    def identity_name(self) -> str:
        """Name of the cluster's managed identity."""
        return self.aks_identity_name or f"{self.aks_cluster_name}-identity"

    @property
    def dns_address(self) -> IPv4Address:
        """Address of the cluster's DNS."""
        return self.dns_service_ip or usual_dns_ip(self.service_range)

    @property
    def system_pool(self) -> NodePool:
        """The pool the cluster is created with."""
        return NodePool(
            name=self.SYSTEM_POOL,
            vm_size=self.vm_size,
            node_count=self.node_count,
            node_count_max=self.node_count_max,
            max_pods=self.max_pods,
            zones=self.zones,
        )

    @property
    def address_plan(self) -> AddressPlan:
        """The ranges and the pools that draw from them."""
        return self.address_plan_of((self.system_pool, *self.node_pools))

    def address_plan_of(self, node_pools: tuple[NodePool, ...]) -> AddressPlan:
        """The same ranges with other pools."""
        return AddressPlan(
            network=self.vnet_range,
            node_subnet=self.node_subnet_range,
            pod_subnet=self.pod_subnet_range,
            service_range=self.service_range,
            dns_service_ip=self.dns_address,
            node_pools=node_pools,
        )
