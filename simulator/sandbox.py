"""A copy of the project in which its own commands meet the simulated cloud."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from simulator.cloud import Cloud
from simulator.mirror import install
from simulator.plugin import CLOUD_FILE, HOME_VARIABLE

PROJECT = Path(__file__).parents[1]
SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"

_LINKED = (".venv", "node_modules")
_LEFT_OUT = (".*", "cdktf.out", "__pycache__", "node_modules", "*.tfstate*", "*.tfplan")
_NOT_PASSED_ON = ("ARM_", "AZURE_", "CDKTF_", "HELM_", "KUBE", "TF_")  # access, and what steers tools


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


@dataclass(frozen=True)
class Sandbox:
    """A project and a cloud of its own.

    Attributes:
        project: the copy; its state files and `cdktf.out` are its own.
        cloud: what both simulated providers talk to.
        environment: the variables of every command, without any access to a real cloud.
    """

    project: Path
    cloud: Cloud
    environment: Mapping[str, str]

    def cdktf(self, *arguments: str, seconds: float = 180) -> Finished:
        """Run the project's own cdktf in the project."""
        return self.run(["cdktf", *arguments], self.project, seconds=seconds)

    def terraform(self, stack: str, *arguments: str, seconds: float = 120) -> Finished:
        """Run Terraform on a synthesized stack."""
        binary = self.environment.get("TERRAFORM_BINARY_NAME", "terraform")
        return self.run([binary, *arguments], self.stack(stack), seconds=seconds)

    def stack(self, name: str) -> Path:
        """Folder of a synthesized stack."""
        return self.project / "cdktf.out" / "stacks" / name

    def start(self, command: Sequence[str], folder: Path) -> "subprocess.Popen[str]":
        """Start a command without waiting for it."""
        return subprocess.Popen(
            command,
            cwd=folder,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,  # so that a Ctrl-C is handled here, once
        )

    def run(self, command: Sequence[str], folder: Path, *, seconds: float) -> Finished:
        """Run a command to its end.

        Raises:
            CommandFailedError: it took longer than the seconds it was given.
        """
        line = " ".join(command)
        process = self.start(command, folder)
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


@contextmanager
def sandbox(*, environment: str | None = None, env_file: bool = False, keep: bool = False) -> Generator[Sandbox]:
    """Copy the project to a temporary folder and install the simulated providers for it.

    Args:
        environment: the app's environment (AZ_ENVIRONMENT); None leaves it as the user has it.
        env_file: copy the user's `.env` too.
        keep: leave the folder behind.
    """
    folder = Path(tempfile.mkdtemp(prefix="rehearsal-")).resolve()
    try:
        home = folder / "simulated"
        home.mkdir()
        project = copy_project(folder / "project", env_file=env_file)
        variables = child_environment(home, project, os.environ)
        if environment:
            variables["AZ_ENVIRONMENT"] = environment
        install(home)
        yield Sandbox(project, Cloud(home / CLOUD_FILE), variables)
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)


def copy_project(target: Path, *, env_file: bool = False) -> Path:
    """Copy the project without state and output; the installed packages are only linked.

    Copied, not linked, because the app finds its state beside its own real path.
    """
    shutil.copytree(PROJECT, target, ignore=shutil.ignore_patterns(*_LEFT_OUT))
    for name in _LINKED:
        (target / name).symlink_to(PROJECT / name)
    if env_file and (PROJECT / ".env").exists():
        shutil.copy(PROJECT / ".env", target)
    return target


def child_environment(home: Path, project: Path, base: Mapping[str, str]) -> dict[str, str]:
    """The variables for every command: no access to a real cloud, all that the simulation needs."""
    kept = {k: v for k, v in base.items() if not k.startswith(_NOT_PASSED_ON)}
    paths = [project / "node_modules/.bin", project / ".venv/bin", base.get("PATH", "")]
    return kept | {
        "ARM_SUBSCRIPTION_ID": SUBSCRIPTION,
        "AZ_STATE_BACKEND": "local",
        "CDKTF_DISABLE_PLUGIN_CACHE_ENV": "1",
        "CDKTF_SKIP_PROVIDER_LOCK": "true",  # the lock would ask the public registry
        "CHECKPOINT_DISABLE": "1",
        "CI": "1",
        "FORCE_COLOR": "0",
        "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20",
        "PATH": os.pathsep.join(map(str, paths)),
        HOME_VARIABLE: str(home),
        "TF_CLI_CONFIG_FILE": str(home / "terraform.rc"),
    }
