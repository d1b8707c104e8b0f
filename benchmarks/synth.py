"""Measures what a synth costs, side by side with what it would cost otherwise.

Whole processes, one after the other, in turns, so that a machine that slows down slows all of them; what counts is
the ratio of medians within one run. Nothing passes or fails by the clock.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import asdict, dataclass

import psutil

MEGABYTE = 1_000_000
SAMPLE_SECONDS = 0.01
SHARE_OF_ORDINARY, TIMES_EMPTY, MEMORY_MB, SHARE_FOR_100_PAIRS = 0.12, 1.7, 200, 0.5


@dataclass(frozen=True, kw_only=True)
class Run:
    """One process, from its start to its end.

    Attributes:
        seconds: wall clock.
        python_mb: peak resident memory of Python, in megabytes.
        node_mb: peak resident memory of the largest Node process, in megabytes.
    """

    seconds: float
    python_mb: float
    node_mb: float


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A ratio and what it should be."""

    name: str
    measured: float
    at_most: float

    @property
    def reached(self) -> bool:
        """Whether the aim is reached."""
        return self.measured <= self.at_most


def measure(app: str) -> Run:
    """Run one of the programs and watch its memory."""
    with tempfile.TemporaryDirectory() as outdir:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("AZ_")}
        start = time.perf_counter()
        with subprocess.Popen(
            [sys.executable, "-m", "benchmarks.apps", app],
            env=environment | {"CDKTF_OUTDIR": outdir},
            stderr=subprocess.DEVNULL,  # jsii's banner, which only the programs without our bindings show
        ) as process:
            peak: dict[str, int] = defaultdict(int)
            watched = psutil.Process(process.pid)
            while process.poll() is None:
                _note_memory(watched, peak)
                time.sleep(SAMPLE_SECONDS)
        seconds = time.perf_counter() - start
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, app)
    return Run(seconds=seconds, python_mb=peak["python"] / MEGABYTE, node_mb=peak["node"] / MEGABYTE)


def _note_memory(process: psutil.Process, peak: dict[str, int]) -> None:
    try:
        peak["python"] = max(peak["python"], process.memory_info().rss)
        for child in process.children(recursive=True):
            peak["node"] = max(peak["node"], child.memory_info().rss)
    except psutil.NoSuchProcess:
        pass  # it ended between two looks


def median(runs: list[Run]) -> Run:
    """The median of each figure."""
    return Run(
        **{figure: statistics.median(asdict(run)[figure] for run in runs) for figure in Run.__dataclass_fields__}
    )


def findings(by_app: dict[str, Run]) -> list[Finding]:
    """The ratios that say whether the bindings are worth it."""
    app, ordinary, empty = by_app["app"], by_app["ordinary-import"], by_app["empty"]
    each_of_10 = (by_app["pairs-10"].seconds - by_app["pairs-1"].seconds) / 9
    each_of_100 = (by_app["pairs-100"].seconds - by_app["pairs-1"].seconds) / 99
    return [
        Finding(name="app / ordinary import", measured=app.seconds / ordinary.seconds, at_most=SHARE_OF_ORDINARY),
        Finding(name="app / empty app", measured=app.seconds / empty.seconds, at_most=TIMES_EMPTY),
        Finding(name="peak memory of Python, MB", measured=app.python_mb, at_most=MEMORY_MB),
        Finding(name="peak memory of Node, MB", measured=app.node_mb, at_most=MEMORY_MB),
        Finding(
            name="100 pairs / one pair with ordinary import",
            measured=by_app["pairs-100"].seconds / ordinary.seconds,
            at_most=SHARE_FOR_100_PAIRS,
        ),
        Finding(name="a pair more of 100 / a pair more of 10", measured=each_of_100 / each_of_10, at_most=1.25),
    ]


def main() -> int:
    """Measure, and print a table or JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.synth", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often each program runs (default: 5)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    arguments = parser.parse_args()
    if arguments.rounds < 1:
        parser.error("--rounds must be 1 or more")
    from benchmarks.apps import APPS  # noqa: PLC0415 a wrong option is answered at once

    runs: dict[str, list[Run]] = defaultdict(list)
    for round_ in range(arguments.rounds):
        for app in APPS:
            print(f"\rround {round_ + 1} of {arguments.rounds}: {app:<20}", end="", file=sys.stderr, flush=True)
            runs[app].append(measure(app))
    print("\r" + " " * 50 + "\r", end="", file=sys.stderr)
    medians = {app: median(of_app) for app, of_app in runs.items()}
    found = findings(medians)
    if arguments.json:
        report = {
            "rounds": arguments.rounds,
            "medians": {app: asdict(run) for app, run in medians.items()},
            "findings": [asdict(finding) | {"reached": finding.reached} for finding in found],
        }
        print(json.dumps(report, indent=2))
        return 0
    print(f"{'median of ' + str(arguments.rounds):<44}{'seconds':>9}{'Python MB':>11}{'Node MB':>9}")
    for app, run in medians.items():
        print(f"{app:<44}{run.seconds:>9.2f}{run.python_mb:>11.0f}{run.node_mb:>9.0f}")
    print(f"\n{'':<44}{'measured':>9}{'at most':>11}")
    for finding in found:
        verdict = "reached" if finding.reached else "missed"
        print(f"{finding.name:<44}{finding.measured:>9.3g}{finding.at_most:>11.3g}   {verdict}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
