"""The types of settings: how a person may type a value, and which values Azure takes."""

import json
import re
from ipaddress import IPv4Network
from typing import Annotated, Any, Literal

from annotated_types import Ge, Le
from pydantic import AfterValidator, BeforeValidator
from pydantic_settings import NoDecode

from constructs_lib import naming
from constructs_lib.node_pool import FEWEST_PODS, MOST_NODES, MOST_PODS, checked_surge

NONE = "none"
MOST_TAGS, LONGEST_TAG_NAME, LONGEST_TAG_VALUE = 50, 512, 256
"""Azure's limits: https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources."""


def _range(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return IPv4Network(value.strip())
    except ValueError:
        try:
            meant = IPv4Network(value.strip(), strict=False)
        except ValueError:
            raise ValueError(f"{value!r} is not an IPv4 range: write it like 10.242.0.0/16") from None
        raise ValueError(f"{value!r} has host bits set: use {meant}") from None


def _location(value: str) -> str:
    location = value.replace(" ", "").lower()
    if not re.fullmatch(r"[a-z]+[a-z0-9]*", location):
        raise ValueError(f"{value!r} is not an Azure region: use a name of `az account list-locations`, like eastus2")
    return location


def _words(value: object) -> object:
    """A list as people type one: ``1,2,3``, ``1 2 3``, or ``none``."""
    if not isinstance(value, str):
        return value
    return () if value.strip().lower() == NONE else tuple(re.split(r"[\s,]+", value.strip()))


def _tags(value: object) -> object:
    """Tags as people type them: ``owner=me,cost=42``, or ``none``."""
    if not isinstance(value, str):
        return value
    pairs = [] if value.strip().lower() == NONE else [pair.partition("=") for pair in value.split(",")]
    if wrong := [name for name, equals, _ in pairs if not name.strip() or not equals]:
        raise ValueError(f"{wrong[0].strip()!r} is not a tag: write them like owner=me,cost-centre=42, or none")
    names = [name.strip().lower() for name, _, _ in pairs]
    if twice := [name for name in names if names.count(name) > 1]:
        raise ValueError(f"tag {twice[0]!r} is there twice (Azure does not tell A from a): drop one")
    return {name.strip(): text.strip() for name, _, text in pairs}


def _azure_tags(tags: dict[str, str]) -> dict[str, str]:
    if len(tags) > MOST_TAGS:
        raise ValueError(f"{len(tags)} tags are too many: Azure takes {MOST_TAGS}")
    if wrong := [name for name in tags if len(name) > LONGEST_TAG_NAME or re.search(r"[<>%&\\?/]", name)]:
        raise ValueError(
            f"tag name {wrong[0]!r}: Azure takes up to {LONGEST_TAG_NAME} characters, none of < > % & \\ ? /"
        )
    if wrong := [name for name, text in tags.items() if len(text) > LONGEST_TAG_VALUE]:
        raise ValueError(f"the value of tag {wrong[0]!r} is too long: Azure takes {LONGEST_TAG_VALUE} characters")
    return tags


def _kubernetes_version(version: str) -> str:
    if not re.fullmatch(r"1\.\d+(\.\d+)?", version):
        raise ValueError(f"{version!r} is not a Kubernetes version: write it like 1.35, or 1.35.1 to pin the patch")
    return version


def _feature(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._-]+", name):
        raise ValueError(f"{name!r} is not a feature's name: use one that `az feature list` shows, like NAPPreview")
    return name


def tables(value: Any) -> Any:
    """A list of tables, which is typed as JSON in a variable; in TOML it is one already.

    Raises:
        ValueError: it is not a list of tables.
    """
    if isinstance(value, str):
        try:
            value = [] if value.strip().lower() == NONE else json.loads(value)
        except json.JSONDecodeError as error:
            raise ValueError(f"not valid JSON: {error}") from None
    parts: list[Any] = [*value] if isinstance(value, list | tuple) else [None]  # pyright: ignore[reportUnknownVariableType] of anything
    if not all(isinstance(part, dict) for part in parts):
        raise ValueError(f"{value!r} is not a list of tables: write a JSON list of objects, or [[...]] in TOML")
    return parts


Range = Annotated[IPv4Network, BeforeValidator(_range)]
Location = Annotated[str, AfterValidator(_location)]
Zones = Annotated[tuple[Literal["1", "2", "3"], ...], NoDecode, BeforeValidator(_words)]
FeatureNames = Annotated[tuple[Annotated[str, AfterValidator(_feature)], ...], NoDecode, BeforeValidator(_words)]
Tags = Annotated[dict[str, str], NoDecode, BeforeValidator(_tags), AfterValidator(_azure_tags)]
KubernetesVersion = Annotated[str, AfterValidator(_kubernetes_version)]
ResourceGroupName = Annotated[str, AfterValidator(naming.RESOURCE_GROUP.check)]
VirtualNetworkName = Annotated[str, AfterValidator(naming.VIRTUAL_NETWORK.check)]
SubnetName = Annotated[str, AfterValidator(naming.SUBNET.check)]
ClusterName = Annotated[str, AfterValidator(naming.AKS_CLUSTER.check)]
IdentityName = Annotated[str, AfterValidator(naming.MANAGED_IDENTITY.check)]
VmSize = Annotated[str, AfterValidator(naming.VM_SIZE.check)]
NodePoolName = Annotated[str, AfterValidator(naming.NODE_POOL.check)]
NodeCount = Annotated[int, Ge(1), Le(MOST_NODES)]
MaxSurge = Annotated[str, AfterValidator(checked_surge)]
MaxPods = Annotated[int, Ge(FEWEST_PODS), Le(MOST_PODS)]
StorageAccountName = Annotated[str, AfterValidator(naming.STORAGE_ACCOUNT.check)]
StorageContainerName = Annotated[str, AfterValidator(naming.STORAGE_CONTAINER.check)]
OrganizationName = Annotated[str, AfterValidator(naming.HCP_ORGANIZATION.check)]
