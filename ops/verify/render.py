"""Renders a report: for a person, for a pipeline's log, for a program, for a CI server."""

import json
import os
import sys
from pathlib import Path
from typing import Any, TextIO

from ops.verify.report import Level, Report, Status, Table

ROWS = 20
"""Rows of a table in text; the JSON report has all of them."""
MARKS = {
    Status.HELD: ("held", "green"),
    Status.WARNED: ("warning", "yellow"),
    Status.FAILED: ("FELL SHORT", "bold red"),
    Status.NOT_CHECKED: ("not checked", "magenta"),
    Status.SKIPPED: ("skipped", "dim"),
}
SIGNS = {
    Level.NOTED: "·",
    Level.HELD: "✓",
    Level.WARNED: "!",
    Level.FAILED: "✗",
    Level.NOT_CHECKED: "?",
}
STYLES = {
    Level.WARNED: "yellow",
    Level.FAILED: "red",
    Level.NOT_CHECKED: "magenta",
    Level.NOTED: "dim",
}


def to_output(report: Report, *, as_json: bool) -> None:
    """Prints the report in the form that suits standard output."""
    if as_json:
        json.dump(report.as_json(), sys.stdout, indent=2, ensure_ascii=False)
        print()
    elif sys.stdout.isatty() and "NO_COLOR" not in os.environ:
        _rich(report)
    else:
        _plain(report, sys.stdout)


def _heading(report: Report) -> list[str]:
    azure = report.azure.url + (" (a rehearsal, not Azure)" if report.azure.rehearsal else "")
    cluster = f"{report.cluster} in resource group {report.resource_group}" if report.cluster else "unknown"
    return [
        f"cluster     {cluster}" + (f", by {report.source}" if report.source else ""),
        f"kubernetes  {report.kubernetes.url or 'not reached'}",
        f"azure       {azure}",
    ]


def _plain(report: Report, out: TextIO) -> None:
    print(*_heading(report), sep="\n", file=out)
    for result in report.results:
        print(f"\n{result.name}: {MARKS[result.status][0]}  ({result.asserts})", file=out)
        for finding in result.findings:
            print(f"  {SIGNS[finding.level]} {finding.message}", file=out)
        if result.table and result.table.rows:
            _plain_table(result.table, out)
    print(f"\nverify: {report.verdict}, in {report.seconds:.1f} s", file=out)


def _plain_table(table: Table, out: TextIO) -> None:
    rows = [table.columns, *(tuple(map(str, row)) for row in table.rows[:ROWS])]
    widths = [max(len(row[i]) for row in rows) for i in range(len(table.columns))]
    for row in rows:
        print(
            "    " + "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip(),
            file=out,
        )
    if len(table.rows) > ROWS:
        print(f"    and {len(table.rows) - ROWS:,} more; --json has all of them", file=out)


def _rich(report: Report) -> None:
    # imported here: a pipeline does not need it
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table as RichTable  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    console = Console(highlight=False)
    for line in _heading(report):
        console.print(Text(line, style="dim"))
    checks = RichTable("check", "", "evidence", show_lines=True)
    for result in report.results:
        mark, style = MARKS[result.status]
        evidence = Text("\n").join(
            Text(f"{SIGNS[f.level]} {f.message}", style=STYLES.get(f.level, "")) for f in result.findings
        )
        checks.add_row(result.name, Text(mark, style=style), evidence)
    console.print(checks)
    for table in (result.table for result in report.results if result.table):
        rows = RichTable(*table.columns, title=table.title)
        for row in table.rows[:ROWS]:
            rows.add_row(*(Text(str(cell)) for cell in row))
        if len(table.rows) > ROWS:
            rows.caption = f"and {len(table.rows) - ROWS:,} more; --json has all of them"
        console.print(rows)
    style = "bold green" if report.exit_code == 0 else "bold red"
    console.print(Text(f"{report.verdict}, in {report.seconds:.1f} s", style=style))


def to_junit(report: Report, file: Path) -> None:
    """Writes the report as one test case per check.

    Raises:
        OSError: the file cannot be written.
    """
    from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite  # noqa: PLC0415

    suite = TestSuite("verify")
    suite.add_property("cluster", report.cluster)
    suite.add_property("azure", report.azure.url)
    suite.add_property("rehearsal", str(report.azure.rehearsal).lower())
    for result in report.results:
        case = TestCase(result.name, classname="verify", time=round(result.seconds, 3))
        words = "\n".join(f"{finding.level.value}: {finding.message}" for finding in result.findings)
        outcome = {Status.FAILED: Failure, Status.NOT_CHECKED: Error, Status.SKIPPED: Skipped}
        if kind := outcome.get(result.status):
            case.result = [kind(words)]
        else:
            case.system_out = words
        suite.add_testcase(case)
    xml: Any = JUnitXml("verify")
    xml.add_testsuite(suite)
    xml.write(str(file), pretty=True)
