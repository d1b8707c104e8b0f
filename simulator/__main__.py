"""Rehearse a deployment without an Azure account: `python -m simulator --help`."""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

from rich.console import Console
from rich.table import Table

from simulator import report
from simulator.cloud import Cloud
from simulator.plugin import CLOUD_FILE, HOME_VARIABLE
from simulator.rehearse import STEPS
from simulator.sandbox import PROJECT, SUBSCRIPTION, Sandbox, sandbox
from simulator.typescript import SchemaError

PROVED, FAILED, USAGE, INTERRUPTED = 0, 1, 3, 130
SHELL = "/bin/sh"


class Parser(argparse.ArgumentParser):
    """An argument parser whose usage errors have the exit code of this project."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, and where help is."""
        self.exit(USAGE, f"{self.prog}: {message}\n{self.prog} --help says more\n")


def parser() -> Parser:
    """The command line."""
    top = Parser(
        prog="python -m simulator",
        description="Run this app's real cdktf and Terraform against a simulated Azure.",
        epilog="Exit codes: 0 all proved, 1 a step failed, 3 usage or a missing tool, 130 interrupted.",
    )
    commands = top.add_subparsers(dest="command", required=True)
    shared = Parser(add_help=False)
    shared.add_argument("--environment", metavar="NAME", help="file of environments/ to use (default: AZ_ENVIRONMENT)")
    shared.add_argument("--env-file", action="store_true", help="use the .env file too")
    shared.add_argument("--keep", action="store_true", help="keep the temporary folder, say where")
    rehearse = commands.add_parser(
        "rehearse", parents=[shared], help="deploy, plan, verify, deploy again, destroy; prove each step"
    )
    rehearse.add_argument("--json", metavar="FILE", type=Path, help="write a report")
    commands.add_parser("shell", parents=[shared], help="a shell in which cdktf and terraform meet the simulated cloud")
    show = commands.add_parser("show", help="print what the simulated cloud of this shell holds")
    show.add_argument("--json", action="store_true", help="ids, types and the log, as JSON")
    return top


def problems(arguments: argparse.Namespace) -> list[str]:
    """Everything that keeps a rehearsal from starting, one line each."""
    found: list[str] = []
    binary = os.environ.get("TERRAFORM_BINARY_NAME", "terraform")
    for tool, page in ((binary, "https://developer.hashicorp.com/terraform/install"), ("node", "https://nodejs.org")):
        if shutil.which(tool) is None:
            found.append(f"{tool} is missing: {page}")
    installed = (".venv/bin/python", "node_modules/.bin/cdktf")
    found += [f"{tool} is missing: make setup" for tool in installed if not (PROJECT / tool).exists()]
    if find_spec("kubernetes") is None:
        found.append("the packages of verify are missing: make rehearse installs them")
    name = arguments.environment
    known = sorted(path.stem for path in (PROJECT / "environments").glob("*.toml"))
    if name is not None and name not in known:
        found.append(f"--environment {name}: there is no such file, there are {', '.join(known)}")
    target: Path | None = getattr(arguments, "json", None)
    if target is not None and not target.absolute().parent.is_dir():
        found.append(f"--json {target}: there is no folder {target.absolute().parent}")
    if target is not None and target.is_dir():
        found.append(f"--json {target}: it is a folder, name a file in it")
    program = os.environ.get("SHELL", SHELL)
    if arguments.command == "shell" and shutil.which(program) is None:
        found.append(f"SHELL={program}: there is no such program")
    return found


def rehearse(arguments: argparse.Namespace) -> int:
    """Run the rehearsal and report."""
    out, started = report.console(), time.monotonic()
    with _prepared(arguments, out) as box:
        environment = box.environment.get("AZ_ENVIRONMENT", "dev")
        out.print(f"Rehearsing environment {environment} on a simulated Azure", highlight=False)
        outcomes = report.run(STEPS, box, out)
        if arguments.keep:
            out.print(f"Kept: {box.project.parent}", highlight=False)
    document = report.as_json(outcomes, environment=environment, seconds=time.monotonic() - started)
    if arguments.json:
        arguments.json.write_text(json.dumps(document, indent=2) + "\n")
    for each in outcomes:
        if each.status == "failed":
            out.print(f"\n{each.name} failed: {each.detail}", highlight=False, markup=False, soft_wrap=True)
    out.print(f"\n{document['seconds']} s. {report.SIMULATED}", highlight=False, markup=False, soft_wrap=True)
    return PROVED if document["proved"] else FAILED


def shell(arguments: argparse.Namespace) -> int:
    """Give the user a shell in a sandbox."""
    with _prepared(arguments, report.console()) as box:
        print(
            f"A copy of the project and a simulated Azure, in {box.project.parent}: "
            f"{'kept' if arguments.keep else 'removed'} when you leave this shell.\n"
            "Try: cdktf deploy network aks; python -m ops.verify; python -m simulator show. kubectl, faults and drift: "
            f"docs/rehearsal.md, {box.cloud.path}.",
            flush=True,
        )
        environment = {k: v for k, v in box.environment.items() if k not in ("CI", "FORCE_COLOR")}
        program = os.environ.get("SHELL", SHELL)
        return subprocess.run([program], cwd=box.project, env=environment, check=False).returncode


def show(arguments: argparse.Namespace) -> int:
    """Print the cloud; names and ids only, since attributes hold credentials."""
    home = os.environ.get(HOME_VARIABLE)
    if home is None:
        sys.stderr.write("there is no simulated cloud here: python -m simulator shell makes one\n")
        return USAGE
    world = Cloud(Path(home) / CLOUD_FILE).read()
    if arguments.json:
        held = [{"type": each.type, "id": each.id} for each in world.resources.values()]
        print(json.dumps({"schema_version": 1, "resources": held, "log": world.log}, indent=2))
        return PROVED
    listing = Table("Type", "Id", title=f"Simulated cloud: below /subscriptions/{SUBSCRIPTION}")
    for each in world.resources.values():
        listing.add_row(each.type, each.id.removeprefix(f"/subscriptions/{SUBSCRIPTION}"))
    out = report.console()
    if world.resources:
        out.print(listing)
    out.print(f"{len(world.resources)} resources, {len(world.log)} operations so far")
    return PROVED


@contextmanager
def _prepared(arguments: argparse.Namespace, out: Console) -> Generator[Sandbox]:
    """A sandbox, with a word about what takes a few seconds."""
    message = "Copying the project, installing the simulated providers ..."
    with ExitStack() as stack:
        if not out.is_terminal:
            out.print(message, highlight=False)
        with out.status(message):
            box = stack.enter_context(
                sandbox(environment=arguments.environment, env_file=arguments.env_file, keep=arguments.keep)
            )
        yield box


def main() -> int:
    """Run the command line; returns the exit code."""
    for ended in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ended, signal.default_int_handler)  # clean up as after Ctrl-C
    arguments = parser().parse_args()
    if arguments.command == "show":
        return show(arguments)
    found = problems(arguments)
    if found:
        sys.stderr.write("\n".join(found) + "\n")
        return USAGE
    try:
        return (rehearse if arguments.command == "rehearse" else shell)(arguments)
    except SchemaError as error:
        sys.stderr.write(f"{error}\n")
        return FAILED
    except KeyboardInterrupt:
        sys.stderr.write("\ninterrupted; everything that was started is stopped and removed\n")
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
