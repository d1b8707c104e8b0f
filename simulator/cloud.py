"""The simulated cloud: one JSON file that every provider process shares under a lock.

It holds what exists, the order in which things happened, and the faults still to come. A person may
edit it between two commands: changing an attribute is drift, deleting a resource is an accident.
"""

import json
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

from filelock import FileLock

from simulator.values import Object

Operation = Literal["create", "update", "delete"]
T = TypeVar("T")


class RefusedError(Exception):
    """The service says no; the text is what Terraform shows to the user."""


@dataclass(frozen=True)
class Fault:
    """What goes wrong with the `nth` operation of a kind on a type, counted from one.

    Attributes:
        operation: create, update or delete.
        type: the Terraform type, such as `azurerm_subnet`.
        nth: which one, counted over the life of the cloud.
        error: the text of the failure; None for an operation that is only slow.
        after: whether it took effect before it failed, so that just the answer was lost.
        seconds: how long it takes before anything happens.
    """

    operation: Operation
    type: str
    nth: int = 1
    error: str | None = None
    after: bool = False
    seconds: float = 0


@dataclass(frozen=True)
class Resource:
    """One thing in the cloud, as the service that owns it would describe it.

    Attributes:
        type: the Terraform type, or the ARM type of what Azure made by itself.
        id: its id at the service.
        attributes: its state, in the shape of the Terraform type.
    """

    type: str
    id: str
    attributes: Object


@dataclass
class World:
    """All of the cloud at one moment.

    Attributes:
        resources: what there is, by its id in lower case.
        log: what was done, in order: operation, type and id of each.
        counts: how many of each operation there were, failed ones too.
        faults: what is still to go wrong.
        manifests: the Kubernetes objects that each release put into its cluster, by the release's key.
        moved: pods (`namespace/name`) that somebody gave another address than their subnet did.
    """

    resources: dict[str, Resource] = field(default_factory=dict[str, Resource])
    log: list[list[str]] = field(default_factory=list[list[str]])
    counts: dict[str, int] = field(default_factory=dict[str, int])
    faults: list[Fault] = field(default_factory=list[Fault])
    manifests: dict[str, list[Object]] = field(default_factory=dict[str, list[Object]])
    moved: dict[str, str] = field(default_factory=dict[str, str])

    def of_type(self, type_name: str) -> list[Resource]:
        """Every resource of a type."""
        return [each for each in self.resources.values() if each.type == type_name]

    def under(self, id_: str) -> dict[str, Resource]:
        """Every resource below an id, by key."""
        prefix = f"{id_.lower()}/"
        return {key: r for key, r in self.resources.items() if key.startswith(prefix)}


class Cloud:
    """The file that holds the world.

    Args:
        path: the JSON file; an absent one is an empty cloud.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = FileLock(f"{path}.lock")

    def read(self) -> World:
        """The world as it is now; needs no lock, since the file is only ever replaced."""
        if not self.path.exists():
            return World()
        raw: dict[str, Any] = json.loads(self.path.read_text())
        return World(
            resources={key: Resource(**each) for key, each in raw["resources"].items()},
            log=raw["log"],
            counts=raw["counts"],
            faults=[Fault(**each) for each in raw["faults"]],
            manifests=raw["manifests"],
            moved=raw["moved"],
        )

    @contextmanager
    def change(self) -> Generator[World]:
        """The world, to be changed; nothing is kept if the block raises."""
        with self._lock:
            world = self.read()
            yield world
            fresh = self.path.with_suffix(".new")
            fresh.write_text(json.dumps(asdict(world), indent=1))
            fresh.replace(self.path)

    def perform(self, operation: Operation, type_name: str, effect: Callable[[World], T]) -> T:
        """Do one operation, unless a fault is due.

        Raises:
            RefusedError: by the effect itself, which then changed nothing, or by a fault.
        """
        with self.change() as world:
            counted = f"{operation} {type_name}"
            world.counts[counted] = world.counts.get(counted, 0) + 1
            due = (operation, type_name, world.counts[counted])
            fault = next((f for f in world.faults if (f.operation, f.type, f.nth) == due), None)
        if fault:
            time.sleep(fault.seconds)
            if fault.error and not fault.after:
                raise RefusedError(fault.error)
        with self.change() as world:
            result = effect(world)
        if fault and fault.error:
            raise RefusedError(fault.error)
        return result
