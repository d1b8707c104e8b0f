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
from collections.abc import Generator, Iterable
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass

import psutil

MEGABYTE = 1_000_000
SAMPLE_SECONDS = 0.01
SHARE_OF_ORDINARY, TIMES_EMPTY, MEMORY_MB, SHARE_FOR_100_PAIRS = 0.12, 1.7, 200, 0.5


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What one of the programs costs, from its start to its end.

    Attributes:
        seconds: wall clock, the median of all rounds.
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


@contextmanager
def started(app: str) -> Generator[subprocess.Popen[bytes]]:
    """One of the programs, running; at the end it has ended well."""
    with tempfile.TemporaryDirectory() as outdir:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("AZ_")}
        with subprocess.Popen(
            [sys.executable, "-m", "benchmarks.apps", app],
            env=environment | {"CDKTF_OUTDIR": outdir},
            stderr=subprocess.DEVNULL,  # jsii's banner, which only the programs without our bindings show
        ) as process:
            yield process
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, app)


def seconds(app: str) -> float:
    """Wall clock of one run."""
    start = time.perf_counter()
    with started(app) as process:
        process.wait()
        return time.perf_counter() - start


def peak_memory(app: str) -> tuple[float, float]:
    """Megabytes of Python and of Node; a run of its own, since watching takes time."""
    python = node = 0
    with started(app) as process:
        watched = psutil.Process(process.pid)
        while process.poll() is None:
            with suppress(psutil.NoSuchProcess):  # it may end between two looks
                python = max(python, watched.memory_info().rss)
                node = max([node, *(child.memory_info().rss for child in watched.children(recursive=True))])
            time.sleep(SAMPLE_SECONDS)
    return python / MEGABYTE, node / MEGABYTE


def measure(apps: Iterable[str], rounds: int) -> dict[str, Cost]:
    """Run every program once in each round, so that all of them meet the same machine."""
    apps = list(apps)
    timed: dict[str, list[float]] = {app: [] for app in apps}
    for round_ in range(rounds):
        for app in apps:
            show(f"round {round_ + 1} of {rounds}: {app}")
            timed[app].append(seconds(app))
    costs: dict[str, Cost] = {}
    for app in apps:
        show(f"memory: {app}")
        python_mb, node_mb = peak_memory(app)
        costs[app] = Cost(seconds=statistics.median(timed[app]), python_mb=python_mb, node_mb=node_mb)
    show("")
    return costs


def show(doing: str) -> None:
    """Say what is going on, to people only."""
    if sys.stderr.isatty():
        print(f"\r{doing:<60}\r", end="", file=sys.stderr, flush=True)


def findings(by_app: dict[str, Cost]) -> list[Finding]:
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

    costs = measure(APPS, arguments.rounds)
    found = findings(costs)
    if arguments.json:
        report = {
            "rounds": arguments.rounds,
            "costs": {app: asdict(cost) for app, cost in costs.items()},
            "findings": [asdict(finding) | {"reached": finding.reached} for finding in found],
        }
        print(json.dumps(report, indent=2))
        return 0
    print(f"{'median of ' + str(arguments.rounds):<44}{'seconds':>9}{'Python MB':>11}{'Node MB':>9}")
    for app, cost in costs.items():
        print(f"{app:<44}{cost.seconds:>9.2f}{cost.python_mb:>11.0f}{cost.node_mb:>9.0f}")
    print(f"\n{'':<44}{'measured':>9}{'at most':>11}")
    for finding in found:
        verdict = "reached" if finding.reached else "missed"
        print(f"{finding.name:<44}{finding.measured:>9.3g}{finding.at_most:>11.3g}   {verdict}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
