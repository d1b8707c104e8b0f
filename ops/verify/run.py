"""Makes the checks, and makes those that fell short again while there is time to wait."""

import signal
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

from ops.verify.answers import StoppedWaiting, Unanswered, one_line
from ops.verify.checks.base import Check, NothingToCheckError, not_checked, noted
from ops.verify.facts import Access, Facts
from ops.verify.options import Options
from ops.verify.progress import Progress
from ops.verify.report import CheckResult, Endpoint, Finding, Report, Status, Table

SHORTEST_PAUSE, LONGEST_PAUSE = 2, 30
"""Seconds between two rounds; in between, as long as the last round took, so that half the time is rest."""
UNSETTLED = (Status.FAILED, Status.NOT_CHECKED)
LONGEST_MESSAGE = 2000


def run(options: Options, checks: Sequence[Check], progress: Progress) -> Report:
    """Makes the chosen checks.

    Args:
        options: what was asked for.
        checks: every check there is, in the order of the report.
        progress: told what is going on.
    """
    started = time.monotonic()
    access = Access(options, progress)
    chosen = [check for check in checks if check.name in options.chosen]
    results = {check.name: _unmade(check, options) for check in checks}
    why_stopped = ""
    interrupted = False
    try:
        with _limits(options.timeout):
            for pending in _rounds(chosen, results, options.wait, progress):
                access.try_again()
                facts = Facts(access)
                for check in pending:
                    progress.say(f"checking {check.name}")
                    results[check.name] = _make(check, facts)
                if access.deployed.failed:
                    break  # waiting does not deploy anything
    except StoppedWaiting:
        why_stopped = f"the time limit of {options.timeout:.0f} s ran out"
    except KeyboardInterrupt:
        why_stopped, interrupted = "interrupted", True
    progress.end()
    for check in chosen:
        if not results[check.name].findings:
            results[check.name] = _result(check, [not_checked(why_stopped)])
    found = access.deployed.answer
    kubernetes = access.kubernetes.answer
    return Report(
        cluster=found.cluster if found else "",
        resource_group=found.resource_group if found else "",
        source=found.source if found else "",
        azure=Endpoint(url=options.endpoint, rehearsal=options.rehearsal),
        kubernetes=Endpoint(url=kubernetes.url if kubernetes else ""),
        results=tuple(results.values()),
        seconds=time.monotonic() - started,
        interrupted=interrupted,
    )


def _rounds(
    chosen: list[Check], results: dict[str, CheckResult], wait: float, progress: Progress
) -> Iterator[list[Check]]:
    """All of the checks, then those that have not settled, until they have or the wait is over."""
    end = time.monotonic() + wait
    pending = chosen
    while pending:
        started = time.monotonic()
        yield pending
        pending = [check for check in chosen if results[check.name].status in UNSETTLED]
        left = end - time.monotonic()
        if not pending or left <= 0:
            return
        pause = min(max(time.monotonic() - started, SHORTEST_PAUSE), LONGEST_PAUSE, left)
        progress.say(f"waiting up to {left:.0f} s more for {_in_words(pending, results)}", important=True)
        time.sleep(pause)


def _in_words(pending: list[Check], results: dict[str, CheckResult]) -> str:
    def worst(result: CheckResult) -> Finding:
        return next(f for f in result.findings if f.level.value == result.status.value)

    return "; ".join(f"{c.name}: {one_line(worst(results[c.name]).message, 120)}" for c in pending)


def _make(check: Check, facts: Facts) -> CheckResult:
    started = time.monotonic()
    findings: list[Finding] = []
    table: Table | None = None
    try:
        for evidence in check.run(facts):
            if isinstance(evidence, Table):
                table = evidence
            else:
                findings.append(evidence)
    except NothingToCheckError as reason:
        return _result(check, [noted(str(reason))], skipped=True)
    except Unanswered as reason:
        findings.append(not_checked(str(reason)))
    return _result(check, findings, table=table, seconds=time.monotonic() - started)


def _unmade(check: Check, options: Options) -> CheckResult:
    if check.name in options.chosen:
        return _result(check, [])
    reason = "not asked for (--probe-policy)" if check.name == "policy" else "not asked for"
    return _result(check, [noted(reason)], skipped=True)


def _result(
    check: Check,
    findings: list[Finding],
    *,
    table: Table | None = None,
    seconds: float = 0.0,
    skipped: bool = False,
) -> CheckResult:
    return CheckResult(
        name=check.name,
        asserts=check.asserts,
        findings=tuple(Finding(f.level, one_line(f.message, LONGEST_MESSAGE)) for f in findings),
        table=table,
        seconds=seconds,
        skipped=skipped,
    )


@contextmanager
def _limits(seconds: float) -> Generator[None]:
    """Ends what runs inside after so many seconds, or when somebody asks it to end.

    A timer and not a time limit on each request: it also ends a credential that hangs, an answer that drips,
    and Terraform.
    """

    def stop(_signal: int, _frame: FrameType | None) -> NoReturn:
        raise StoppedWaiting

    def interrupt(_signal: int, _frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    signal.signal(signal.SIGALRM, stop)
    signal.signal(signal.SIGTERM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
