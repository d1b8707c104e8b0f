"""Runs the user's own tools with a time limit, and finds their errors in what they print."""

import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil


class CommandFailedError(Exception):
    """A command of the user's own tools did not do what it should; says which, why and Terraform's own error."""

    def __init__(self, command: str, why: str, output: str) -> None:
        super().__init__(f"{command}: {why}\n{terraform_errors(output)}")


@dataclass(frozen=True)
class Finished:
    """A command that has run: its exit code, and all that it printed, without colour."""

    command: str
    code: int
    output: str

    def expect(self, *codes: int) -> "Finished":
        """This, if it ended with one of the codes.

        Raises:
            CommandFailedError: it did not.
        """
        if self.code not in codes:
            raise CommandFailedError(self.command, f"exit code {self.code}", self.output)
        return self


def start(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> "subprocess.Popen[str]":
    """Start a command without waiting for it."""
    return subprocess.Popen(
        command,
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,  # so that a Ctrl-C is handled here, once
    )


def run(command: Sequence[str], folder: Path, environment: Mapping[str, str], *, seconds: float) -> Finished:
    """Run a command to its end.

    Raises:
        CommandFailedError: it took longer than the seconds it was given.
    """
    line = " ".join(command)
    process = start(command, folder, environment)
    try:
        output, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired as error:
        kill_tree(process.pid)
        output, _ = process.communicate()
        raise CommandFailedError(line, f"no end after {seconds:.0f} s", output) from error
    except BaseException:
        kill_tree(process.pid)
        raise
    return Finished(line, process.returncode, output)


def terraform_errors(output: str) -> str:
    """The errors in what cdktf or Terraform printed, in full and without decoration."""
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", output)
    lines = [re.sub(r"^(?:network|aks)? *[│╷╵]? ?", "", line.rstrip()) for line in plain.splitlines()]
    lines = [
        line for line in lines if not re.match(r"\d+ Stacks? |Invoking Terraform CLI failed|\W*Synthesizing$", line)
    ]
    starts = [at for at, line in enumerate(lines) if re.match(r"\s*\W*Error\b", line)]
    text = "\n".join(lines[starts[0] :] if starts else lines[-30:])
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def kill_tree(pid: int) -> None:
    """Kill a process and all that it started, also what it moved to sessions of their own."""
    try:
        root = psutil.Process(pid)
        family = [*root.children(recursive=True), root]
    except psutil.NoSuchProcess:
        return
    for each in family:
        try:
            each.kill()
        except psutil.NoSuchProcess:
            continue
