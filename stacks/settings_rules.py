"""Rules between settings: each may be right by itself and wrong beside another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from constructs_lib import naming
from constructs_lib.addressing import Finding

if TYPE_CHECKING:
    from stacks.settings import Settings

SETTING_OF_RANGE = {
    "network": "vnet_range",
    "node_subnet": "node_subnet_range",
    "pod_subnet": "pod_subnet_range",
    "service_range": "service_range",
    "dns_service_ip": "dns_service_ip",
}
"""The setting behind each part of an address plan."""

STATE_SETTINGS = {
    "local": (),
    "azurerm": ("state_resource_group", "state_storage_account", "state_container"),
    "hcp": ("state_organization",),
}
"""What each state backend must be told."""

POOL_SETTINGS = {"node_count", "node_count_max", "max_pods"}
"""What decides how large the system pool is."""

Rule = Callable[["Settings"], Iterator[Finding]]


def contradictions(settings: Settings, *, leave_out: set[str]) -> list[Finding]:
    """Everything that is wrong between settings.

    Args:
        settings: each right by itself, but for those left out, which have their defaults.
        leave_out: settings reported already; no rule that depends on one is applied.
    """
    rules: dict[Rule, set[str]] = {
        _system_pool: POOL_SETTINGS,
        _pool_names: POOL_SETTINGS | {"node_pools"},
        _subnet_names: {"node_subnet_name", "pod_subnet_name"},
        _node_resource_group: {"resource_group", "aks_cluster_name", "location"},
        _preview_features: {"pod_subnet_preview", "other_preview_features"},
        _state: {"state_backend", *(name for names in STATE_SETTINGS.values() for name in names)},
    }
    found: list[Finding] = []
    for rule, settings_read in rules.items():
        if not settings_read & (leave_out | {finding.subject for finding in found}):
            found += rule(settings)
    return found + _addresses(settings, leave_out | {finding.subject for finding in found})


def risks(settings: Settings) -> list[Finding]:
    """What is legal and likely to hurt later."""
    found = [
        Finding(subject=SETTING_OF_RANGE[finding.subject], message=finding.message)
        for finding in settings.address_plan.warnings()
    ]
    if settings.state_backend == "local" and settings.environment != "dev":
        found.append(
            Finding(
                subject="state_backend",
                message="state lies in files on this machine, with no lock between people: use azurerm or hcp",
            )
        )
    if not settings.protect_resource_group:
        found.append(
            Finding(
                subject="protect_resource_group",
                message="destroy deletes the resource group with everything in it, also what this app did not make",
            )
        )
    return found


def _system_pool(settings: Settings) -> Iterator[Finding]:
    try:
        _ = settings.system_pool
    except ValueError as error:
        yield Finding(subject="node_count" if settings.node_count_max is None else "node_count_max", message=str(error))


def _pool_names(settings: Settings) -> Iterator[Finding]:
    pools = (settings.system_pool, *settings.node_pools)
    names = [name for pool in pools for name in (pool.name, pool.rotation_name)]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Finding(
            subject="node_pools",
            message=f"{name!r} names two pools, or a pool and the stand-in of another during a rotation"
            f" (the system pool is {settings.SYSTEM_POOL!r}): rename one",
        )


def _subnet_names(settings: Settings) -> Iterator[Finding]:
    if settings.node_subnet_name == settings.pod_subnet_name:
        yield Finding(
            subject="pod_subnet_name", message=f"{settings.pod_subnet_name!r} names the node subnet too: rename one"
        )


def _node_resource_group(settings: Settings) -> Iterator[Finding]:
    try:
        naming.node_resource_group(
            resource_group=settings.resource_group, cluster=settings.aks_cluster_name, location=settings.location
        )
    except ValueError as error:
        yield Finding(subject="aks_cluster_name", message=str(error))


def _preview_features(settings: Settings) -> Iterator[Finding]:
    if settings.other_preview_features and settings.pod_subnet_preview == "off":
        yield Finding(
            subject="other_preview_features",
            message="is for pod_subnet_preview 'register' or 'adopt', which is 'off': drop one",
        )


def _state(settings: Settings) -> Iterator[Finding]:
    for backend, names in STATE_SETTINGS.items():
        for name in names:
            given = getattr(settings, name) is not None
            if given and backend != settings.state_backend:
                yield Finding(
                    subject=name,
                    message=f"is for state_backend {backend!r}, which is {settings.state_backend.value!r}: drop one",
                )
            if not given and backend == settings.state_backend:
                yield Finding(subject=name, message=f"is missing: state_backend {backend!r} needs it")


def _addresses(settings: Settings, leave_out: set[str]) -> list[Finding]:
    pools = () if POOL_SETTINGS & leave_out else (settings.system_pool,)
    unknown = {part: None for part, setting in SETTING_OF_RANGE.items() if setting in leave_out}
    if "service_range" in unknown:
        unknown["dns_service_ip"] = None
    plan = replace(settings.address_plan_of((*pools, *settings.node_pools)), **unknown)
    return [Finding(subject=SETTING_OF_RANGE[problem.subject], message=problem.message) for problem in plan.problems()]
