"""Lists as tables: kubectl prints what the server says the columns are."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from simulator.kubernetes_objects import Deployment, Node, Pod
from simulator.values import Json

COLUMNS = {
    "nodes": ("Name", "Status", "Roles", "Age", "Version", "Internal-IP"),
    "pods": ("Name", "Ready", "Status", "Restarts", "Age", "IP", "Node"),
    "deployments": ("Name", "Ready", "Up-to-date", "Available", "Age"),
}
"""Headings by the kind of object, as kubectl has them."""

_WIDE_ONLY = frozenset({"Internal-IP", "IP", "Node"})


def table_of(kind: str) -> Callable[[Sequence[Node | Pod | Deployment]], Json]:
    """What makes a table of objects of a kind."""

    def table(items: Sequence[Node | Pod | Deployment]) -> Json:
        return {
            "apiVersion": "meta.k8s.io/v1",
            "kind": "Table",
            "columnDefinitions": [
                {
                    "name": name,
                    "type": "string",
                    "format": "name" if name == "Name" else "",
                    "description": "",
                    "priority": int(name in _WIDE_ONLY),
                }
                for name in COLUMNS[kind]
            ],
            "rows": [
                {
                    "cells": _cells(each),
                    "object": {
                        "apiVersion": "meta.k8s.io/v1",
                        "kind": "PartialObjectMetadata",
                        "metadata": each.as_kubernetes()["metadata"],
                    },
                }
                for each in items
            ],
        }

    return table


def _cells(item: Node | Pod | Deployment) -> list[str]:
    match item:
        case Node():
            status = "Ready" if item.ready else "NotReady"
            return [item.name, status, "<none>", _age(item.age), item.version, _first(item.addresses)]
        case Pod():
            ready = f"{int(item.ready)}/1"
            return [item.name, ready, item.phase, "0", _age(item.age), _first(item.addresses), item.node or "<none>"]
        case Deployment():
            count = str(item.replicas)
            return [item.name, f"{item.available}/{count}", count, str(item.available), _age(item.age)]


def _first(addresses: list[str]) -> str:
    return addresses[0] if addresses else "<none>"


def _age(age: timedelta) -> str:
    minutes = int(age.total_seconds() // 60)
    return f"{minutes // 60}h" if minutes >= 120 else f"{minutes}m"  # noqa: PLR2004 - as kubectl writes it
