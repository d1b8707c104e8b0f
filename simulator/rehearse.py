"""The rehearsal: the user's own commands, step by step, and what each of them proves."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from simulator import aks, helm
from simulator.cloud import World
from simulator.commands import CommandFailedError
from simulator.sandbox import Sandbox

STACKS = ("network", "aks")

_ORDER = {"azurerm_virtual_network": "network", aks.CLUSTER: "cluster", helm.RELEASE: "release"}


class NotProvedError(Exception):
    """A command went well, but what it should have done is not so."""


@dataclass(frozen=True)
class Step:
    """One step of a rehearsal.

    Attributes:
        name: what it is called in the table.
        command: what the user would type.
        prove: runs it and returns, in words, what that proved.
    """

    name: str
    command: str
    prove: Callable[[Sandbox], str]


def deploy(box: Sandbox) -> str:
    """Deploy into an empty cloud, in the right order."""
    box.cdktf("deploy", *STACKS, "--auto-approve").expect(0)
    world = box.cloud.read()
    made = _of(world, "create")
    in_order(made, [*_ORDER])
    order = " before ".join(word for name, word in _ORDER.items() if name in made)
    return f"{len(made)} resources, {order}"


def empty_plan(stack: str) -> Callable[[Sandbox], str]:
    """Plan a stack that was just deployed."""

    def prove(box: Sandbox) -> str:
        plan = ("plan", "-detailed-exitcode", "-input=false", "-no-color")
        finished = box.terraform(stack, *plan)
        if finished.code == 2:  # noqa: PLR2004 - Terraform's code for a plan that is not empty
            raise CommandFailedError(finished.command, "the plan is not empty", finished.output)
        finished.expect(0)
        return "nothing to change"

    return prove


def outputs(box: Sandbox) -> str:
    """Read every output that a stack declares and that is no secret."""
    box.cdktf("output", *STACKS, "--outputs-file", "outputs.json").expect(0)
    read = json.loads((box.project / "outputs.json").read_text())
    declared = [
        (stack, name)
        for stack in STACKS
        for name, output in _template(box, stack).get("output", {}).items()
        if not output.get("sensitive")
    ]
    missing = [f"{stack}.{name}" for stack, name in declared if not read.get(stack, {}).get(name)]
    if missing:
        raise NotProvedError(f"outputs without a value: {', '.join(missing)}")
    return f"{len(declared)} outputs have values"


def verified(box: Sandbox) -> str:
    """Ask the cloud and the cluster in it whether they are what was asked for."""
    finished = box.verify()
    if finished.code != 0:
        wrong = [line.strip() for line in finished.output.splitlines() if line.lstrip().startswith(("✗", "?"))]
        raise NotProvedError("\n".join([_verdict(finished.output), *(wrong or [finished.output.strip()])]))
    return _verdict(finished.output)


def redeploy(box: Sandbox) -> str:
    """Deploy again, which must not touch the cloud."""
    before = len(box.cloud.read().log)
    box.cdktf("deploy", *STACKS, "--auto-approve").expect(0)
    touched = box.cloud.read().log[before:]
    if touched:
        raise NotProvedError(f"the second deploy changed something: {_listed(touched)}")
    return "nothing made, changed or removed"


def destroy(box: Sandbox) -> str:
    """Destroy both stacks, in the reverse order."""
    box.cdktf("destroy", *STACKS, "--auto-approve").expect(0)
    gone = _of(box.cloud.read(), "delete")
    in_order(gone, [*reversed(_ORDER)])
    return f"{len(gone)} resources removed, in the reverse order"


def nothing_left(box: Sandbox) -> str:
    """Look into the cloud and the state files."""
    left = [each.id for each in box.cloud.read().resources.values()]
    states = sorted(box.project.glob("*.tfstate"))
    tracked = [
        f"{path.name}: {each['type']}.{each['name']}"
        for path in states
        for each in json.loads(path.read_text())["resources"]
        if each["mode"] == "managed"
    ]
    if left or tracked:
        raise NotProvedError(f"still there: {', '.join([*left, *tracked])}")
    return f"cloud, releases and {len(states)} state files are empty"


STEPS = (
    Step("deploy", "cdktf deploy network aks --auto-approve", deploy),
    *(Step(f"plan {s}", f"terraform plan ({s})", empty_plan(s)) for s in STACKS),
    Step("outputs", "cdktf output network aks", outputs),
    Step("verify", "python -m ops.verify", verified),
    Step("deploy again", "cdktf deploy network aks --auto-approve", redeploy),
    Step("destroy", "cdktf destroy network aks --auto-approve", destroy),
    Step("nothing left", "look into cloud and state", nothing_left),
)


def in_order(happened: list[str], expected: list[str]) -> None:
    """Check that all of one type happened before any of the next; a type may be absent.

    Raises:
        NotProvedError: it did not.
    """
    present = [name for name in expected if name in happened]
    for earlier, later in pairwise(present):
        last = len(happened) - 1 - happened[::-1].index(earlier)
        if last > happened.index(later):
            raise NotProvedError(f"{later} came before {earlier}")


def _of(world: World, operation: str) -> list[str]:
    return [type_name for done, type_name, _ in world.log if done == operation]


def _verdict(output: str) -> str:
    """What verify said last, without the time it took."""
    last = next((line for line in reversed(output.splitlines()) if line.startswith("verify: ")), "verify said nothing")
    return last.removeprefix("verify: ").rpartition(", in ")[0] or last


def _listed(log: list[list[str]]) -> str:
    return ", ".join(f"{operation} {id_}" for operation, _, id_ in log)


def _template(box: Sandbox, stack: str) -> dict[str, dict[str, dict[str, object]]]:
    return json.loads((box.stack(stack) / "cdk.tf.json").read_text())
