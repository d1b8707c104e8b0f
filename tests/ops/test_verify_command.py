"""The command itself: what may be asked, what it learns the cluster from, what it prints, how it ends."""

import json
import os
import pty
import shlex
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
import kubernetes_validate  # pyright: ignore[reportMissingTypeStubs]
import pytest

from tests.ops.cluster_fixture import SUBSCRIPTION, ClusterFixture
from tests.ops.conftest import ROOT, TIME_LIMIT, Verify
from tests.ops.fake_servers import Fault

SCHEMA = json.loads((ROOT / "ops" / "verify" / "report.schema.json").read_text())
FLAGS = ("--subscription", SUBSCRIPTION, "--resource-group", "rg-aks", "--cluster", "aks-demo")


def wrong_cluster() -> ClusterFixture:
    cluster = ClusterFixture()
    cluster.pod("hello-kubernetes-7d9c-0").addresses = ["10.243.9.9"]
    return cluster


# --- what it prints ------------------------------------------------------------------------------


@pytest.mark.parametrize("cluster", [ClusterFixture, wrong_cluster])
def test_the_json_report_is_what_its_schema_says(verify: Verify, cluster: Callable[[], ClusterFixture]) -> None:
    run = verify.of(cluster())
    jsonschema.validate(run.report, SCHEMA)
    assert run.report["exit_code"] == run.code


def test_the_schema_refuses_another_version_and_an_unknown_status(verify: Verify) -> None:
    report = verify.of(ClusterFixture(), "--only", "feature").report
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(report | {"schema_version": 2}, SCHEMA)
    report["checks"][0]["status"] = "fine"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(report, SCHEMA)


def test_piped_it_prints_plain_words(verify: Verify) -> None:
    verify.deployed(wrong_cluster())
    run = verify()
    assert run.code == 1
    assert "addresses: FELL SHORT" in run.out
    assert "  ✗ 1 of 9 pods are outside their pod subnet: hello/hello-kubernetes-7d9c-0" in run.out
    assert "verify: 1 fell short, 6 held, 1 skipped" in run.out
    assert "\x1b" not in run.out


def on_a_terminal(verify: Verify, *arguments: str, **env: str) -> str:
    """Runs it with a terminal for its output."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        verify.command(*arguments), cwd=ROOT, env=verify.environment | {"TERM": "xterm"} | env, stdout=theirs
    )
    os.close(theirs)
    printed = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:
            break
        if not part:
            break
        printed += part
    process.wait(TIME_LIMIT)
    os.close(ours)
    return printed.decode()


def test_on_a_terminal_it_draws_a_table_in_colour_unless_no_colour_is_wanted(verify: Verify) -> None:
    verify.deployed(wrong_cluster())
    coloured = on_a_terminal(verify, "--only", "addresses", COLUMNS="160")
    assert "┏" in coloured
    assert "\x1b[1;31mFELL SHORT" in coloured
    plain = on_a_terminal(verify, "--only", "addresses", NO_COLOR="1")
    assert "\x1b" not in plain
    assert "┏" not in plain


def test_what_servers_say_cannot_drive_the_terminal(verify: Verify) -> None:
    verify.deployed(ClusterFixture())
    verify.cloud.kubernetes.server.faults.append(
        Fault(path="/api/v1/nodes", status=403, body=json.dumps({"message": "no\x1b[2J[red]nodes\nhere"}))
    )
    assert "(no [2J[red]nodes here)" in verify("--only", "components").out


def test_a_reader_that_has_seen_enough_is_no_error(verify: Verify) -> None:
    verify.deployed(ClusterFixture())
    command = f"{shlex.join(verify.command('--json'))} | head -1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", command], cwd=ROOT, env=verify.environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "{\n", "")


def test_a_terminal_without_check_marks_gets_the_words(verify: Verify) -> None:
    run = verify("--only", "feature", env={"PYTHONIOENCODING": "ascii"})
    assert run.code == 0
    assert "? PodSubnetPreview is Registered" in run.out


def test_what_takes_long_is_said_on_standard_error(verify: Verify) -> None:
    verify.deployed(ClusterFixture())
    verify.cloud.kubernetes.server.faults.append(Fault(path="/api/v1/nodes", drip=30))
    run = verify("--json", "--timeout", "3s")
    assert run.err == "verify: reading the nodes\n"


def test_junit_has_a_case_per_check(verify: Verify, tmp_path: Path) -> None:
    verify.deployed(wrong_cluster())
    verify.cloud.azure.server.faults.append(Fault(path="/", status=403))
    run = verify("--junit", str(tmp_path / "verify.xml"))
    assert run.code == 1
    text = (tmp_path / "verify.xml").read_text()
    assert not any(secret in text for secret in verify.cloud.secrets)
    cases = {case.get("name"): case for case in ET.fromstring(text).iter("testcase")}  # noqa: S314 - our own file
    outcomes = {name: [child.tag for child in case] for name, case in cases.items()}
    assert outcomes["addresses"] == ["failure"]
    assert outcomes["roles"] == ["error"]
    assert outcomes["policy"] == ["skipped"]
    assert outcomes["components"] == ["system-out"]


def test_a_rehearsal_cannot_be_mistaken_for_azure(verify: Verify) -> None:
    verify.deployed(ClusterFixture())
    run = verify()
    url = verify.cloud.azure.server.url
    assert f"azure       {url} (a rehearsal, not Azure)" in run.out
    assert (
        run.out.strip().splitlines()[-1].startswith(f"verify: 7 held, 1 skipped; a rehearsal: asked {url}, not Azure")
    )
    assert verify("--json").report["azure"] == {"url": url, "rehearsal": True}


# --- what may be asked ---------------------------------------------------------------------------


def test_every_mistake_is_named_at_once_with_its_fix(verify: Verify) -> None:
    run = verify(
        *("--onyl", "--skip", "adresses", "--wait", "soon", "--kubeconfig", "/nowhere", "--cluster", "aks"),
        *("--junit", "/nowhere/report.xml"),
        env={"VERIFY_AZURE_TOKEN": ""},
    )
    assert run.code == 3
    assert run.out == ""
    assert run.err.splitlines() == [
        "verify: --onyl: no such option: did you mean --only?",
        "verify: --subscription: needed too, to name a cluster that this app did not make",
        "verify: --resource-group: needed too, to name a cluster that this app did not make",
        "verify: --kubeconfig: there is no file /nowhere",
        "verify: --junit: there is no folder /nowhere: make it first",
        "verify: --wait: 'soon' is not a time: use 90s, 10m or 1h30m",
        "verify: VERIFY_AZURE_TOKEN: set it to the rehearsal's token, for VERIFY_AZURE_ENDPOINT",
        "verify: --skip: there is no check 'adresses': did you mean addresses?",
    ]


@pytest.mark.parametrize(
    ("arguments", "environment", "words"),
    [
        (("--only",), {}, "argument --only: expected one argument"),
        (("--only", "policy"), {}, "--only: policy writes to the cluster: pass --probe-policy too"),
        (("--probe-policy", "--skip", "policy"), {}, "--probe-policy: the policy check is left out"),
        (("--only", "demo", "--skip", "demo"), {}, "--skip: no check is left"),
        (("--wait", "10m", "--timeout", "5m"), {}, "--timeout: 5m leaves no time after --wait 10m"),
        (("--subscription", "x"), {}, "--subscription: pass --resource-group and --cluster too"),
        ((), {"VERIFY_AZURE_ENDPOINT": ""}, "VERIFY_AZURE_TOKEN: only for a rehearsal"),
        ((), {"VERIFY_AZURE_ENDPOINT": "http://127.0.0.1:1"}, "VERIFY_AZURE_ENDPOINT: is not an https:// URL"),
        ((), {"VERIFY_AZURE_ENDPOINT": "https://management.azure.com"}, "VERIFY_AZURE_ENDPOINT: only for a rehearsal"),
        (
            (),
            {"VERIFY_AZURE_ENDPOINT": "", "VERIFY_AZURE_TOKEN": "", "ARM_ENVIRONMENT": "mars"},
            "ARM_ENVIRONMENT: 'mars' is not one of public, usgovernment, china",
        ),
    ],
)
def test_a_mistake_is_refused_before_anything_is_asked(
    verify: Verify, arguments: tuple[str, ...], environment: dict[str, str], words: str
) -> None:
    verify.deployed(ClusterFixture())
    run = verify(*arguments, env=environment)
    assert run.code == 3
    assert words in run.err
    assert not verify.cloud.kubernetes.server.asked + verify.cloud.azure.server.asked


def test_help_names_every_check_and_exit_code(verify: Verify) -> None:
    run = verify("--help")
    assert run.code == 0
    for word in ("roles", "headroom", "--probe-policy", "--wait", "exit codes: 0", "NO_COLOR"):
        assert word in run.out


def test_only_what_was_asked_for_is_checked(verify: Verify) -> None:
    run = verify.of(ClusterFixture(), "--only", "roles,network", "--skip", "network")
    assert run.code == 0
    statuses = {check["name"]: check["status"] for check in run.report["checks"]}
    assert [name for name, status in statuses.items() if status != "skipped"] == ["roles"]
    assert not verify.cloud.kubernetes.server.asked


# --- what it learns the cluster from -------------------------------------------------------------


def test_outputs_are_read_by_terraform_itself(verify: Verify, tmp_path: Path) -> None:
    if not shutil.which("terraform"):
        pytest.skip("terraform is not on PATH")
    cluster = ClusterFixture()
    verify.deployed(cluster)
    for stack, outputs in cluster.outputs(verify.cloud.kubeconfig).items():
        (tmp_path / stack).mkdir()
        blocks = {name: {"value": value, "sensitive": name == "kube_config"} for name, value in outputs.items()}
        backend = {"backend": {"local": {"path": str(tmp_path / f"{stack}.tfstate")}}}
        (tmp_path / stack / "cdk.tf.json").write_text(json.dumps({"terraform": backend, "output": blocks}))
    arguments, terraform = ("--json", "--stacks", str(tmp_path)), {"TERRAFORM_BINARY_NAME": "terraform"}
    not_yet = verify(*arguments, "--only", "network", env=terraform)
    assert not_yet.code == 2
    assert "/network: Backend initialization required" in not_yet.messages("network", "not_checked")
    assert "(`make diff` initialises it)" in not_yet.messages("network", "not_checked")
    for stack in ("network", "aks"):
        for step in (["init"], ["apply", "-auto-approve"]):
            command = ["terraform", f"-chdir={tmp_path / stack}", *step, "-input=false", "-no-color"]
            subprocess.run(command, check=True, capture_output=True, timeout=TIME_LIMIT)
    run = verify(*arguments, env=terraform)
    assert (run.code, run.unsettled) == (0, {})


@pytest.mark.parametrize(
    ("outputs", "words"),
    [
        (None, "output` failed in"),
        ("{}", "no usable output cluster_id, kube_config): run `make deploy`"),
        ('{"cluster_id": 7}', "printed something else than outputs"),
        ("Error!", "printed something else than outputs"),
        ('{"cluster_id": {"value": "aks-demo"}, "kube_config": {"value": "{}"}}', "no usable output cluster_id"),
    ],
    ids=["not initialised", "not deployed", "not outputs", "not JSON", "not an id"],
)
def test_stacks_that_were_not_deployed_are_reported_and_not_passed(
    verify: Verify, outputs: str | None, words: str
) -> None:
    verify.deployed(ClusterFixture())
    file = verify.folder / "aks" / "outputs.json"
    file.unlink() if outputs is None else file.write_text(outputs)
    run = verify("--json")
    assert run.code == 2
    jsonschema.validate(run.report, SCHEMA)
    assert set(run.unsettled.values()) == {"not_checked"}
    assert words in run.messages("roles", "not_checked")


def test_stacks_that_were_not_synthesized_are_named(verify: Verify, tmp_path: Path) -> None:
    run = verify("--json", "--stacks", str(tmp_path))
    assert run.code == 2
    assert f"there is no {tmp_path}/network: run `make diff`" in run.messages("roles", "not_checked")


def test_terraform_missing_is_said(verify: Verify) -> None:
    verify.deployed(ClusterFixture())
    run = verify("--json", env={"TERRAFORM_BINARY_NAME": "tofu-of-nowhere"})
    assert run.code == 2
    assert "need tofu-of-nowhere" in run.messages("network", "not_checked")


def test_a_cluster_named_by_flags_gets_its_kubeconfig_from_azure(verify: Verify) -> None:
    verify.deployed(ClusterFixture())
    run = verify("--json", *FLAGS, env={"TERRAFORM_BINARY_NAME": "never-run"})
    assert (run.code, run.unsettled) == (0, {})
    assert run.report["source"] == "the flags"
    assert any("listClusterUserCredential" in asked for asked in verify.cloud.azure.server.asked)
    assert run.check("demo")["status"] == "skipped"


def test_a_kubeconfig_of_one_s_own_comes_first(verify: Verify, tmp_path: Path) -> None:
    verify.deployed(ClusterFixture())
    config = tmp_path / "config"
    config.write_text(verify.cloud.kubeconfig)
    assert verify("--json", *FLAGS, "--kubeconfig", str(config)).code == 0
    config.write_text("not: [a kubeconfig")
    run = verify("--json", "--kubeconfig", str(config), "--only", "components")
    assert run.code == 2
    assert "the kubeconfig cannot be used" in run.messages("components", "not_checked")


@pytest.mark.parametrize("context", ["operator", "robot"], ids=["client certificate", "token"])
def test_a_context_brings_its_own_credentials_and_leaves_none_on_disk(
    verify: Verify, tmp_path: Path, context: str
) -> None:
    verify.deployed(ClusterFixture())
    run = verify("--json", "--context", context, "--only", "components", env={"TMPDIR": str(tmp_path)})
    assert run.code == 0
    assert not list(tmp_path.iterdir())


def test_a_context_that_is_not_there_is_named(verify: Verify) -> None:
    verify.deployed(ClusterFixture())
    run = verify("--json", "--context", "nobody", "--only", "components")
    assert run.code == 2
    assert "the kubeconfig cannot be used: Invalid kube-config" in run.messages("components", "not_checked")
    assert "nobody" in run.messages("components", "not_checked")


def test_without_azure_s_packages_the_other_checks_are_made(verify: Verify, tmp_path: Path) -> None:
    verify.deployed(ClusterFixture())
    hidden = tmp_path / "azure"
    hidden.mkdir()
    (hidden / "__init__.py").write_text("raise ModuleNotFoundError(name='azure.core')")
    run = verify("--json", env={"PYTHONPATH": str(tmp_path)})
    assert run.code == 2
    assert "azure.core is not installed; `make verify` installs it" in run.messages("roles", "not_checked")
    assert run.check("addresses")["status"] == "held"


@pytest.mark.parametrize(
    ("cloud", "url"),
    [
        ("", "https://management.azure.com"),
        ("usgovernment", "https://management.usgovcloudapi.net"),
        ("china", "https://management.chinacloudapi.cn"),
    ],
)
def test_each_of_azure_s_clouds_is_asked_with_a_real_credential_only(verify: Verify, cloud: str, url: str) -> None:
    # only from the environment, where there is none: the others would look for it on the network
    azure = {"VERIFY_AZURE_ENDPOINT": "", "VERIFY_AZURE_TOKEN": "", "AZURE_TOKEN_CREDENTIALS": "EnvironmentCredential"}
    run = verify("--json", "--only", "network", env=azure | {"ARM_ENVIRONMENT": cloud})
    assert run.code == 2
    assert run.report["azure"] == {"url": url, "rehearsal": False}
    assert "no credential for Azure: run `az login`" in run.messages("network", "not_checked")


def test_without_azure_the_cluster_s_own_addresses_are_still_checked(verify: Verify) -> None:
    verify.deployed(ClusterFixture())
    azure = {"VERIFY_AZURE_ENDPOINT": "", "VERIFY_AZURE_TOKEN": "", "AZURE_TOKEN_CREDENTIALS": "EnvironmentCredential"}
    run = verify("--json", env=azure)
    assert run.code == 2
    assert run.check("addresses")["status"] == "held"
    assert not verify.cloud.azure.server.asked


# --- how it ends ---------------------------------------------------------------------------------


def test_it_waits_for_a_cluster_that_is_settling_and_says_for_what(verify: Verify) -> None:
    cluster = ClusterFixture()
    cluster.deployments[0].available = 0
    verify.deployed(cluster)
    settled = threading.Timer(2.5, lambda: setattr(cluster.deployments[0], "available", 2))
    settled.start()
    run = verify("--json", "--wait", "30s")
    settled.join()
    assert (run.code, run.unsettled) == (0, {})
    assert "more for components: coredns has 0 of 2 replicas available" in run.err
    subnet_reads = [asked for asked in verify.cloud.azure.server.asked if "roleAssignments" in asked]
    assert len(subnet_reads) == 3, "what held is not checked again"


def test_what_could_not_be_asked_at_first_is_asked_again_while_waiting(verify: Verify) -> None:
    verify.deployed(ClusterFixture())
    verify.cloud.azure.server.faults.append(Fault(path="/", status=403, times=3))
    verify.cloud.kubernetes.server.faults.append(Fault(path="/", status=401, times=1))
    run = verify("--json", *FLAGS, "--only", "network,components", "--wait", "30s")
    assert (run.code, run.unsettled) == (0, {})
    assert "more for network: " in run.err


def test_waiting_ends_and_what_is_still_wrong_is_reported(verify: Verify) -> None:
    verify.deployed(wrong_cluster())
    run = verify("--json", "--wait", "3s")
    assert (run.code, run.unsettled) == (1, {"addresses": "failed"})
    assert 3 <= run.report["seconds"] < 15


def test_it_does_not_wait_for_what_was_never_deployed(verify: Verify) -> None:
    run = verify("--json", "--wait", "30s", env={"TERRAFORM_BINARY_NAME": "false"})
    assert run.code == 2
    assert run.report["seconds"] < 15


def interrupted(verify: Verify, *arguments: str, once: Callable[[], bool], by: int) -> tuple[int, str]:
    """Runs it, and sends it a signal once something has happened."""
    process = subprocess.Popen(
        verify.command(*arguments), cwd=ROOT, env=verify.environment, stdout=subprocess.PIPE, text=True
    )
    end = time.monotonic() + TIME_LIMIT
    while not once() and time.monotonic() < end:
        time.sleep(0.02)
    process.send_signal(by)
    out, _ = process.communicate(timeout=TIME_LIMIT)
    return process.returncode, out


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_reports_what_it_had_found(verify: Verify, by: int) -> None:
    verify.deployed(ClusterFixture())
    kubernetes = verify.cloud.kubernetes.server
    kubernetes.faults.append(Fault(path="/api/v1/pods", drip=0.2))
    code, out = interrupted(verify, "--json", once=lambda: any("/pods" in a for a in kubernetes.asked), by=by)
    report = json.loads(out)
    jsonschema.validate(report, SCHEMA)
    assert code == report["exit_code"] == 130
    statuses = {check["name"]: check["status"] for check in report["checks"]}
    assert (statuses["network"], statuses["addresses"]) == ("held", "not_checked")


# --- the policy probe ----------------------------------------------------------------------------


def test_the_policy_probe_sees_an_engine_at_work_and_leaves_nothing_behind(verify: Verify) -> None:
    run = verify.of(ClusterFixture(), "--probe-policy", "--only", "policy")
    assert (run.code, run.unsettled) == (0, {})
    assert "port 8080 is open, port 8081 closed" in run.messages("policy", "held")
    created = sorted(verify.cloud.kubernetes.created)
    kinds = [path.rsplit("/", 2)[-2] for path in created]
    assert sorted(kinds) == ["namespaces", "networkpolicies", "pods", "pods"]
    namespace = next(path for path in created if path.rsplit("/", 2)[-2] == "namespaces")
    assert all(namespace.rsplit("/", 1)[-1] in path for path in created)
    assert verify.cloud.kubernetes.removed == [namespace]


def test_what_the_probe_makes_is_what_kubernetes_takes(verify: Verify) -> None:
    verify.of(ClusterFixture(), "--probe-policy", "--only", "policy")
    assert verify.cloud.kubernetes.created
    for made in verify.cloud.kubernetes.created.values():
        kubernetes_validate.validate(made, "1.34", strict=True)


def test_the_probe_s_pods_are_locked_down_and_end_by_themselves(verify: Verify) -> None:
    verify.of(ClusterFixture(), "--probe-policy", "--only", "policy")
    pods = [made for path, made in verify.cloud.kubernetes.created.items() if "/pods/" in path]
    assert len(pods) == 2
    for pod in pods:
        assert pod["spec"]["activeDeadlineSeconds"] == 600
        for container in pod["spec"]["containers"]:
            assert container["securityContext"]["runAsNonRoot"] is True
            assert container["resources"]["limits"]


def test_an_interrupted_probe_removes_its_namespace(verify: Verify) -> None:
    verify.deployed(ClusterFixture())
    kubernetes = verify.cloud.kubernetes
    kubernetes.server.faults.append(Fault(path="/api/v1/namespaces/verify", drip=0.2, skip=1, times=1))
    code, _ = interrupted(
        verify,
        *("--json", "--probe-policy", "--only", "policy"),
        once=lambda: any("/pods/server" in asked for asked in kubernetes.server.asked),
        by=signal.SIGINT,
    )
    assert code == 130
    assert len(kubernetes.removed) == 1
    assert kubernetes.removed[0] in kubernetes.created


def test_a_probe_that_fails_removes_its_namespace(verify: Verify) -> None:
    verify.deployed(ClusterFixture())
    kubernetes = verify.cloud.kubernetes
    kubernetes.server.faults.append(Fault(path="/api/v1/namespaces/verify", status=403, times=1))
    run = verify("--json", "--probe-policy", "--only", "policy")
    assert (run.code, run.unsettled) == (2, {"policy": "not_checked"})
    assert len(kubernetes.removed) == 1


@pytest.mark.slow
def test_the_policy_probe_sees_that_nothing_enforces(verify: Verify) -> None:
    """Takes the minute that an engine is given to take up a policy."""
    cluster = ClusterFixture()
    cluster.enforces_policy = False
    verify.deployed(cluster)
    done = subprocess.run(
        verify.command("--json", "--probe-policy", "--only", "policy"),
        cwd=ROOT,
        env=verify.environment,
        capture_output=True,
        text=True,
        timeout=3 * TIME_LIMIT,
        check=False,
    )
    assert done.returncode == 1
    assert "no engine enforces NetworkPolicy: port 8081 is still open" in done.stdout
    assert len(verify.cloud.kubernetes.removed) == 1
