"""How a rehearsal is shown: a table that grows while it runs, and a JSON report."""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from rich import box
from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from simulator.commands import CommandFailedError
from simulator.rehearse import NotProvedError, Step
from simulator.sandbox import Sandbox

SCHEMA_VERSION = 1
SIMULATED = (
    "Simulated Azure, real cdktf and Terraform: this proves order, references, outputs, state, "
    "repeatability and destroy. It does not prove what only Azure knows: quotas, regions, names "
    "in use, value formats (docs/rehearsal.md)."
)

_MARKS = {"proved": "[green]✓[/]", "failed": "[red]✗[/]", "running": "…", "not run": "-"}
_PIPED_WIDTH = 110


@dataclass
class Outcome:
    """A step and what became of it; `seconds` is wall-clock time."""

    name: str
    command: str
    status: Literal["not run", "running", "proved", "failed"] = "not run"
    seconds: float = 0.0
    detail: str = ""


def console() -> Console:
    """Standard output; a wide table when it is piped, colours only where they are wanted."""
    plain = Console()
    return plain if plain.is_terminal else Console(width=_PIPED_WIDTH)


def run(steps: Sequence[Step], project: Sandbox, out: Console) -> list[Outcome]:
    """Run the steps until one fails, showing each as it goes."""
    outcomes = [Outcome(step.name, step.command) for step in steps]
    started = time.monotonic()
    with Live(
        console=out, refresh_per_second=4, get_renderable=lambda: table(outcomes, time.monotonic() - started)
    ) as live:
        for step, outcome in zip(steps, outcomes, strict=True):
            outcome.status, started = "running", time.monotonic()
            if not out.is_terminal:
                live.console.print(f"{step.command} ...", highlight=False)
            try:
                outcome.detail = step.prove(project)
                outcome.status = "proved"
            except (CommandFailedError, NotProvedError) as error:
                outcome.status, outcome.detail = "failed", str(error)
            outcome.seconds = round(time.monotonic() - started, 1)
            if outcome.status == "failed":
                break
    return outcomes


def table(outcomes: Sequence[Outcome], running: float = 0) -> Table:
    """The steps, with what each one proved, or the first line of what went wrong.

    Args:
        outcomes: what became of each.
        running: seconds that the running one has taken so far.
    """
    result = Table("", "Step", "Time", "Proved", box=box.SIMPLE_HEAD, pad_edge=False)
    for each in outcomes:
        first, *_ = each.detail.splitlines() or [""]
        since = running if each.status == "running" else each.seconds
        spent = f"{since:.1f} s" if since else ""
        result.add_row(_MARKS[each.status], Text(each.command), spent, Text(first))
    return result


def as_json(outcomes: Sequence[Outcome], *, environment: str, seconds: float) -> dict[str, Any]:
    """The report: `schema_version` changes when a field changes its meaning or goes away."""
    return {
        "schema_version": SCHEMA_VERSION,
        "simulated": True,
        "note": SIMULATED,
        "environment": environment,
        "proved": all(each.status == "proved" for each in outcomes),
        "seconds": round(seconds, 1),
        "steps": [asdict(each) for each in outcomes],
    }
