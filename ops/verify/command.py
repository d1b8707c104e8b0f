"""The command `verify`."""

import os
import sys
from io import TextIOWrapper
from typing import cast

from ops.verify import render
from ops.verify.arguments import refuse
from ops.verify.checks import CHECKS
from ops.verify.options import parse
from ops.verify.progress import Progress
from ops.verify.run import run


def main() -> None:
    """Verifies the cluster and ends with the report's exit code."""
    options = parse(sys.argv[1:], {check.name: check.asserts for check in CHECKS})
    report = run(options, CHECKS, Progress())
    # a terminal that knows no check marks still gets the words
    cast("TextIOWrapper", sys.stdout).reconfigure(errors="replace")
    try:
        render.to_output(report, as_json=options.json)
        sys.stdout.flush()
    except BrokenPipeError:
        # `| head` has seen enough; what is left must not fail at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if options.junit:
        try:
            render.to_junit(report, options.junit)
        except OSError as error:
            refuse([f"--junit: {error}"])
    raise SystemExit(report.exit_code)
