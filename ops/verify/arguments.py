"""The options of the command line, and its help."""

import argparse
import sys
from collections.abc import Sequence
from typing import NoReturn

from ops.verify.azure import TOKEN_VARIABLE

USAGE_EXIT = 3
PROBE_IMAGE = "registry.k8s.io/e2e-test-images/agnhost:2.53"

EPILOG = f"""\
exit codes: 0 everything held, 1 something fell short, 2 something could not be checked, 3 wrong options,
130 interrupted.

environment: credentials for Azure as azure-identity finds them (`az login`, AZURE_..., a managed identity) or as
azurerm does (ARM_CLIENT_ID, ...); ARM_SUBSCRIPTION_ID; ARM_ENVIRONMENT; TERRAFORM_BINARY_NAME; NO_COLOR.
For rehearsals: VERIFY_AZURE_ENDPOINT and {TOKEN_VARIABLE} ask a simulated Azure, and the report says so.
"""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        refuse([message])


def refuse(problems: Sequence[str]) -> NoReturn:
    """Says everything that is wrong, a line each, and ends."""
    for problem in problems:
        print(f"verify: {problem}", file=sys.stderr)
    raise SystemExit(USAGE_EXIT)


def parser(checks: dict[str, str]) -> argparse.ArgumentParser:
    """Makes the parser.

    Args:
        checks: the name of every check, and what it asserts.
    """
    names = "\n".join(f"  {name:<11} {asserts}" for name, asserts in checks.items())
    made = _Parser(
        prog="verify",
        description="Assert, after a deployment, that the cluster is what was asked for.\n\nchecks:\n" + names,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    what = made.add_argument_group("which cluster (default: the one this app deployed)")
    what.add_argument(
        "--stacks",
        metavar="DIR",
        default="cdktf.out/stacks",
        help="where the synthesized stacks are; their outputs say what was deployed (%(default)s)",
    )
    what.add_argument(
        "--subscription",
        metavar="ID",
        help="of a cluster this app did not make (ARM_SUBSCRIPTION_ID)",
    )
    what.add_argument("--resource-group", metavar="NAME", help="its resource group")
    what.add_argument("--cluster", metavar="NAME", help="its name")
    what.add_argument("--kubeconfig", metavar="FILE", help="instead of the outputs' or the one Azure hands out")
    what.add_argument("--context", metavar="NAME", help="context of the kubeconfig (its current one)")
    which = made.add_argument_group("what to check")
    which.add_argument(
        "--only",
        metavar="NAME",
        action="append",
        default=[],
        help="only these; repeat, or separate by commas",
    )
    which.add_argument("--skip", metavar="NAME", action="append", default=[], help="all but these")
    which.add_argument(
        "--probe-policy",
        action="store_true",
        help="make two pods in a namespace of their own to see NetworkPolicy enforced; removed afterwards",
    )
    which.add_argument("--probe-image", metavar="IMAGE", default=PROBE_IMAGE, help="of those pods (%(default)s)")
    how = made.add_argument_group("how")
    how.add_argument(
        "--wait",
        metavar="TIME",
        default="0",
        help="for a cluster that is still settling: 90s, 10m, 1h",
    )
    how.add_argument("--timeout", metavar="TIME", default="0", help="for everything (10m, and --wait on top)")
    how.add_argument("--json", action="store_true", help="print the report as JSON (docs/verify.md)")
    how.add_argument("--junit", metavar="FILE", help="write a JUnit report too")
    return made
