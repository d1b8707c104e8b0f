"""Runs verify as its users do, against a fake cloud that is started once per module."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.ops.cluster_fixture import ClusterFixture
from tests.ops.fake_servers import TOKEN, FakeCloud

ROOT = Path(__file__).parents[2]
TIME_LIMIT = 60


@dataclass(frozen=True)
class Run:
    """What one run of the command did."""

    code: int
    out: str
    err: str

    @property
    def report(self) -> dict[str, Any]:
        """The JSON report it printed."""
        return json.loads(self.out)

    def check(self, name: str) -> dict[str, Any]:
        """One check of the JSON report."""
        return next(check for check in self.report["checks"] if check["name"] == name)

    def messages(self, name: str, level: str) -> str:
        """The findings of one check at one level."""
        return "\n".join(f["message"] for f in self.check(name)["findings"] if f["level"] == level)

    @property
    def unsettled(self) -> dict[str, str]:
        """Status of every check that neither held nor was skipped."""
        return {c["name"]: c["status"] for c in self.report["checks"] if c["status"] not in ("held", "skipped")}


@dataclass(frozen=True)
class Verify:
    """The command, on a folder of stacks whose outputs describe the fake cloud."""

    cloud: FakeCloud
    folder: Path

    def deployed(self, cluster: ClusterFixture) -> None:
        """Makes this the cluster, in both APIs and in the stacks' outputs."""
        self.cloud.serve(cluster)
        for stack in ("network", "aks"):
            (self.folder / stack).mkdir(exist_ok=True)
            outputs = cluster.terraform_output(stack, self.cloud.kubeconfig)
            (self.folder / stack / "outputs.json").write_text(outputs)

    @property
    def environment(self) -> dict[str, str]:
        """The environment it runs in."""
        inherited = {
            k: v for k, v in os.environ.items() if not k.startswith(("ARM_", "AZURE_", "AZ_", "KUBE", "VERIFY_"))
        }
        return inherited | {
            "VERIFY_AZURE_ENDPOINT": self.cloud.azure.server.url,
            "VERIFY_AZURE_TOKEN": TOKEN,
            "REQUESTS_CA_BUNDLE": str(self.folder / "ca.pem"),
            "TERRAFORM_BINARY_NAME": str(self.folder / "terraform"),
        }

    def command(self, *arguments: str) -> list[str]:
        """The command line."""
        return [sys.executable, "-m", "ops.verify", "--stacks", str(self.folder), *arguments]

    def __call__(self, *arguments: str, env: dict[str, str] | None = None) -> Run:
        """Runs it to its end."""
        done = subprocess.run(
            self.command(*arguments),
            cwd=ROOT,
            env=self.environment | (env or {}),
            capture_output=True,
            text=True,
            timeout=TIME_LIMIT,
            check=False,
        )
        for secret in self.cloud.secrets:
            assert secret not in done.stdout + done.stderr
        assert "Traceback" not in done.stderr, done.stderr
        return Run(done.returncode, done.stdout, done.stderr)

    def of(self, cluster: ClusterFixture, *arguments: str) -> Run:
        """Runs it on this cluster, for a JSON report."""
        self.deployed(cluster)
        return self("--json", *arguments)


@pytest.fixture(scope="module")
def verify(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Verify]:
    """The command, on a healthy cluster until a test says otherwise."""
    cloud = FakeCloud.start()
    folder = tmp_path_factory.mktemp("stacks")
    cloud.authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    # what `terraform output -json` prints, without the half second a real one takes; see test_deployed for that one
    terraform = folder / "terraform"
    terraform.write_text('#!/bin/sh\n[ "$2 $3" = "output -json" ] && exec cat "${1#-chdir=}/outputs.json"\n')
    terraform.chmod(0o755)
    command = Verify(cloud, folder)
    command.deployed(ClusterFixture())
    yield command
    cloud.close()
