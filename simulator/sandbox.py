"""A copy of the project in which its own commands meet the simulated cloud."""

import os
import shutil
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from simulator.cloud import Cloud
from simulator.commands import Finished, run
from simulator.mirror import install
from simulator.plugin import CLOUD_FILE, HOME_VARIABLE
from simulator.serving import serve, variables

PROJECT = Path(__file__).parents[1]
SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"

_LINKED = (".venv", "node_modules")
_LEFT_OUT = (".*", "cdktf.out", "__pycache__", "node_modules", "*.tfstate*", "*.tfplan")
_NOT_PASSED_ON = ("ARM_", "AZURE_", "CDKTF_", "HELM_", "KUBE", "TF_", "VERIFY_")  # access, and what steers tools


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
        return run(["cdktf", *arguments], self.project, self.environment, seconds=seconds)

    def terraform(self, stack: str, *arguments: str, seconds: float = 120) -> Finished:
        """Run Terraform on a synthesized stack."""
        binary = self.environment.get("TERRAFORM_BINARY_NAME", "terraform")
        return run([binary, *arguments], self.stack(stack), self.environment, seconds=seconds)

    def verify(self, *arguments: str, seconds: float = 120) -> Finished:
        """Run the project's own verify on what was deployed."""
        return run(["python", "-m", "ops.verify", *arguments], self.project, self.environment, seconds=seconds)

    def stack(self, name: str) -> Path:
        """Folder of a synthesized stack."""
        return self.project / "cdktf.out" / "stacks" / name


@contextmanager
def sandbox(*, environment: str | None = None, env_file: bool = False, keep: bool = False) -> Generator[Sandbox]:
    """Copy the project to a temporary folder, install the simulated providers for it and serve their cloud.

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
        passed = child_environment(home, project, os.environ)
        if environment:
            passed["AZ_ENVIRONMENT"] = environment
        install(home)
        cloud = Cloud(home / CLOUD_FILE)
        with serve(cloud, home) as access:
            yield Sandbox(project, cloud, passed | variables(access, home))
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
        "KUBECONFIG": str(home / "kubeconfig"),  # for what the user puts there; never the real one
        "PATH": os.pathsep.join(map(str, paths)),
        HOME_VARIABLE: str(home),
        "TF_CLI_CONFIG_FILE": str(home / "terraform.rc"),
        "TMPDIR": str(home),  # what an interrupted command leaves goes with the rest
    }
