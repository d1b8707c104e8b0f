"""The command `verify`."""

import sys

from ops.verify import render
from ops.verify.checks import CHECKS
from ops.verify.options import parse, refuse
from ops.verify.progress import Progress
from ops.verify.run import run


def main() -> None:
    """Verifies the cluster and ends with the report's exit code."""
    options = parse(sys.argv[1:], {check.name: check.asserts for check in CHECKS})
    report = run(options, CHECKS, Progress())
    render.to_output(report, as_json=options.json)
    if options.junit:
        try:
            render.to_junit(report, options.junit)
        except OSError as error:
            refuse([f"--junit: {error}"])
    raise SystemExit(report.exit_code)
