"""The rehearsal itself, run as the command that people and pipelines run."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from simulator.sandbox import PROJECT, child_environment

pytestmark = [pytest.mark.rehearsal, pytest.mark.usefixtures("need_terraform")]

COMMAND = [sys.executable, "-m", "simulator"]


def run(*arguments: str, temporary: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "TMPDIR": str(temporary), **variables}
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_an_environment_deploys_repeats_and_destroys_without_a_trace(environment: str, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    states_before = sorted(PROJECT.glob("*.tfstate"))

    finished = run("rehearse", "--environment", environment, "--json", str(report), temporary=tmp_path)

    assert finished.returncode == 0, finished.stdout + finished.stderr
    document: dict[str, Any] = json.loads(report.read_text())
    assert document["schema_version"] == 1
    assert document["simulated"] is True
    assert document["environment"] == environment
    assert {step["name"]: step["status"] for step in document["steps"]} == dict.fromkeys(
        ("deploy", "plan network", "plan aks", "outputs", "verify", "deploy again", "destroy", "nothing left"), "proved"
    )
    (verdict,) = (step["detail"] for step in document["steps"] if step["name"] == "verify")
    assert re.fullmatch(r"\d held, \d skipped; a rehearsal: asked https://127\.0\.0\.1:\d+, not Azure", verdict)
    assert "It does not prove" in finished.stdout.splitlines()[-1] or "does not prove" in finished.stdout
    assert "\x1b" not in finished.stdout, "piped output carries no escape codes"
    assert "PRIVATE KEY" not in finished.stdout + report.read_text()
    assert sorted(PROJECT.glob("*.tfstate")) == states_before
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]


@pytest.mark.parametrize(
    ("setting", "value", "told"),
    [
        ("AZ_KUBERNETES_VERSION", "0.1", "AZ_KUBERNETES_VERSION"),  # the app refuses
        ("AZ_POD_SUBNET_PREVIEW", "register", "needs to be imported into the State"),  # the cloud refuses
    ],
)
def test_a_deployment_that_fails_shows_the_error_and_stops_there(
    setting: str, value: str, told: str, tmp_path: Path
) -> None:
    report = tmp_path / "report.json"
    finished = run("rehearse", "--json", str(report), temporary=tmp_path, **{setting: value})
    assert finished.returncode == 1
    assert told in " ".join(finished.stdout.split())
    assert "Traceback" not in finished.stdout + finished.stderr
    statuses = [step["status"] for step in json.loads(report.read_text())["steps"]]
    assert statuses == ["failed", *["not run"] * 7]


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interruption_kills_what_was_started_and_removes_the_folder(sent: signal.Signals, tmp_path: Path) -> None:
    process = subprocess.Popen(
        [*COMMAND, "rehearse"],
        cwd=PROJECT,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    root = psutil.Process(process.pid)
    end = time.monotonic() + 60
    while len(family := root.children(recursive=True)) < 3:
        assert time.monotonic() < end, "cdktf did not start"
        time.sleep(0.1)

    process.send_signal(sent)
    output, _ = process.communicate(timeout=30)

    assert process.returncode == 130, output
    assert "Traceback" not in output
    assert psutil.wait_procs(family, timeout=5)[1] == []
    assert list(tmp_path.iterdir()) == []


def test_a_shell_has_the_project_the_tools_and_the_cloud_and_leaves_nothing(tmp_path: Path) -> None:
    commands = tmp_path / "commands"
    commands.write_text(
        "#!/bin/sh\nset -e\ncdktf synth >/dev/null\n"
        "(cd cdktf.out/stacks/network; terraform init >/dev/null; terraform apply -auto-approve >/dev/null)\n"
        "python -m simulator show\npython -m simulator show --json\n"
    )
    commands.chmod(0o755)
    finished = run("shell", temporary=tmp_path, SHELL=str(commands))
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert finished.stdout.count("azurerm_virtual_network") >= 2
    assert "principal_id" not in finished.stdout, "ids and types only"
    assert [path.name for path in tmp_path.iterdir()] == ["commands"]


def test_there_is_nothing_to_show_outside_of_a_shell(tmp_path: Path) -> None:
    finished = run("show", temporary=tmp_path)
    assert finished.returncode == 3
    assert "python -m simulator shell" in finished.stderr


def test_everything_that_is_wrong_with_a_command_line_is_said_at_once(tmp_path: Path) -> None:
    finished = run(
        "rehearse",
        "--environment",
        "nowhere",
        "--json",
        str(tmp_path / "no" / "report.json"),
        temporary=tmp_path,
        PATH=str(tmp_path),
        TERRAFORM_BINARY_NAME="no-terraform",
    )
    assert finished.returncode == 3
    subjects = [re.split(r"[ :]", line, maxsplit=2)[0] for line in finished.stderr.splitlines()]
    assert subjects == ["no-terraform", "node", "--environment", "--json"]
    assert "dev, prod" in finished.stderr


def test_a_report_needs_a_file_and_a_shell_a_program(tmp_path: Path) -> None:
    report = run("rehearse", "--json", str(tmp_path), temporary=tmp_path)
    assert (report.returncode, report.stderr) == (3, f"--json {tmp_path}: it is a folder, name a file in it\n")
    shell = run("shell", temporary=tmp_path, SHELL="/no/such/shell")
    assert (shell.returncode, shell.stderr) == (3, "SHELL=/no/such/shell: there is no such program\n")


def test_no_variable_that_opens_a_real_cloud_reaches_the_commands(tmp_path: Path) -> None:
    secret = {"ARM_CLIENT_SECRET": "s", "AZURE_TENANT_ID": "t", "TF_VAR_x": "x", "KUBECONFIG": "k"}
    passed = child_environment(tmp_path, tmp_path, secret | {"AZ_LOCATION": "westeurope"})
    assert not secret.items() & passed.items()
    assert passed.keys() & secret.keys() == {"KUBECONFIG"}, "for the simulated cluster's, in the sandbox's own folder"
    assert passed["KUBECONFIG"].startswith(str(tmp_path))
    assert passed["AZ_LOCATION"] == "westeurope"
    assert passed["AZ_STATE_BACKEND"] == "local"
