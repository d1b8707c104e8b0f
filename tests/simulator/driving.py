"""Short ways to say what a scenario does."""

import json
import time
from typing import Any

from simulator.cloud import Fault, Resource
from simulator.commands import Finished
from simulator.sandbox import Sandbox

GROUP = "azurerm_resource_group"
NETWORK = "azurerm_virtual_network"
SUBNET = "azurerm_subnet"
CLUSTER = "azurerm_kubernetes_cluster"
POOL = "azurerm_kubernetes_cluster_node_pool"
RELEASE = "helm_release"


def deploy(box: Sandbox, *stacks: str) -> Finished:
    return box.cdktf("deploy", *(stacks or ("network", "aks")), "--auto-approve")


def destroy(box: Sandbox, *stacks: str) -> Finished:
    return box.cdktf("destroy", *(stacks or ("network", "aks")), "--auto-approve")


def apply(box: Sandbox, stack: str) -> Finished:
    return box.terraform(stack, "apply", "-auto-approve", "-input=false", "-no-color")


def planned(box: Sandbox, stack: str) -> dict[str, list[str]]:
    """What a plan would do: address of each resource that changes, with its actions."""
    box.terraform(stack, "plan", "-out=plan.tfplan", "-input=false").expect(0)
    shown: dict[str, Any] = json.loads(box.terraform(stack, "show", "-json", "plan.tfplan").expect(0).output)
    changes = {each["address"]: each["change"]["actions"] for each in shown["resource_changes"]}
    return {address: actions for address, actions in changes.items() if actions != ["no-op"]}


def break_next(box: Sandbox, fault: Fault) -> None:
    with box.cloud.change() as world:
        world.faults.append(fault)


def heal(box: Sandbox) -> None:
    with box.cloud.change() as world:
        world.faults.clear()


def only(box: Sandbox, type_name: str) -> Resource:
    (resource,) = box.cloud.read().of_type(type_name)
    return resource


def tracked(box: Sandbox, stack: str) -> list[str]:
    """Addresses of what a stack's state holds."""
    path = box.project / f"terraform.dev.{stack}.tfstate"
    text = path.read_text() if path.exists() else ""  # Terraform begins with an empty file
    state: dict[str, Any] = json.loads(text) if text else {"resources": []}
    managed = (each for each in state["resources"] if each["mode"] == "managed" and each["instances"])
    return [f"{each['type']}.{each['name']}" for each in managed]


def made(box: Sandbox) -> list[str]:
    """Type and id of everything that was ever created, in order."""
    return [f"{kind} {id_}" for operation, kind, id_ in box.cloud.read().log if operation == "create"]


def wait_until_begun(box: Sandbox, operation: str, *, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while operation not in box.cloud.read().counts:
        assert time.monotonic() < end, f"{operation} did not begin within {seconds} s"
        time.sleep(0.05)


def wait_until_still(box: Sandbox) -> None:
    """Wait until only what hangs is under way: nothing was made for a second."""
    before = -1
    while before != (before := len(made(box))):
        time.sleep(1)
