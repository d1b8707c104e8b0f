"""What a run of verify found: the model behind every rendering, and the exit code."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

SCHEMA_VERSION = 1
"""Raised when a field of the JSON report is renamed, removed or changes its meaning; not when one is added."""


class Level(StrEnum):
    """What one finding says about the cluster, from best to worst."""

    NOTED = "noted"
    HELD = "held"
    WARNED = "warned"
    NOT_CHECKED = "not_checked"
    FAILED = "failed"


class Status(StrEnum):
    """What became of one check."""

    SKIPPED = "skipped"
    HELD = "held"
    WARNED = "warned"
    NOT_CHECKED = "not_checked"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence of evidence.

    Attributes:
        level: what it says about the cluster.
        message: one line of plain text.
    """

    level: Level
    message: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """Evidence that reads best as rows.

    Attributes:
        title: what the rows are.
        columns: their headings.
        rows: cells, text or numbers; the rows a reader should see first come first.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | int, ...], ...]


@dataclass(frozen=True, kw_only=True)
class CheckResult:
    """What became of one check, with its evidence.

    Attributes:
        name: the name that `--only` and `--skip` take.
        asserts: what the check asserts, in words.
        findings: evidence, in the order it was found; the reason, when skipped.
        table: evidence in rows, if the check has any.
        seconds: how long it took the last time it ran.
        skipped: nobody asked for it, or there is nothing to check.
    """

    name: str
    asserts: str
    findings: tuple[Finding, ...]
    table: Table | None = None
    seconds: float = 0.0
    skipped: bool = False

    @property
    def status(self) -> Status:
        """The worst level among the findings; a check without any evidence was not made."""
        if self.skipped:
            return Status.SKIPPED
        levels = {finding.level for finding in self.findings}
        for level in (Level.FAILED, Level.NOT_CHECKED, Level.WARNED):
            if level in levels:
                return Status(level.value)
        return Status.HELD if levels else Status.NOT_CHECKED


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """Where an API was asked.

    Attributes:
        url: the base URL; empty if it was never found out.
        rehearsal: it is not the real Azure, whatever it answers.
    """

    url: str = ""
    rehearsal: bool = False


@dataclass(frozen=True, kw_only=True)
class Report:
    """A whole run.

    Attributes:
        cluster: the managed cluster's name; empty if it was never found out.
        resource_group: the group it is in.
        source: where verify learnt what was deployed.
        azure: the Azure Resource Manager it asked.
        kubernetes: the API server it asked.
        results: every check, in order.
        seconds: the whole run, waiting included.
        interrupted: somebody stopped it.
    """

    cluster: str
    resource_group: str
    source: str
    azure: Endpoint
    kubernetes: Endpoint
    results: tuple[CheckResult, ...]
    seconds: float
    interrupted: bool = False

    @property
    def exit_code(self) -> int:
        """0 all held, 1 something fell short, 2 something could not be checked, 130 interrupted."""
        statuses = {result.status for result in self.results}
        if self.interrupted:
            return 130
        if Status.FAILED in statuses:
            return 1
        return 2 if Status.NOT_CHECKED in statuses or statuses <= {Status.SKIPPED} else 0

    @property
    def verdict(self) -> str:
        """The run in one sentence."""
        counts = dict.fromkeys(Status, 0)
        for result in self.results:
            counts[result.status] += 1
        words = {
            Status.FAILED: "fell short",
            Status.NOT_CHECKED: "not checked",
            Status.WARNED: "held with warnings",
            Status.HELD: "held",
            Status.SKIPPED: "skipped",
        }
        sentence = ", ".join(f"{counts[status]} {word}" for status, word in words.items() if counts[status])
        if self.azure.rehearsal:
            sentence += f"; a rehearsal: asked {self.azure.url}, not Azure"
        return sentence + ("; interrupted" if self.interrupted else "")

    def as_json(self) -> dict[str, Any]:
        """The report as `report.schema.json` describes it."""
        return {
            "schema_version": SCHEMA_VERSION,
            "cluster": self.cluster,
            "resource_group": self.resource_group,
            "source": self.source,
            "azure": {"url": self.azure.url, "rehearsal": self.azure.rehearsal},
            "kubernetes": {"url": self.kubernetes.url},
            "exit_code": self.exit_code,
            "verdict": self.verdict,
            "interrupted": self.interrupted,
            "seconds": round(self.seconds, 3),
            "checks": [_check_as_json(result) for result in self.results],
        }


def _check_as_json(result: CheckResult) -> dict[str, Any]:
    table = result.table
    return {
        "name": result.name,
        "asserts": result.asserts,
        "status": result.status.value,
        "seconds": round(result.seconds, 3),
        "findings": [{"level": f.level.value, "message": f.message} for f in result.findings],
        "table": table
        and {
            "title": table.title,
            "columns": list(table.columns),
            "rows": [list(row) for row in table.rows],
        },
    }
