"""What verify does when an API refuses, falters or answers nonsense: it asks again, or says what it could not check."""

import json

import pytest

from tests.ops.cluster_fixture import POD_SUBNET, ClusterFixture
from tests.ops.conftest import Verify
from tests.ops.fake_servers import Fault

NODES, PODS = "/api/v1/nodes", "/api/v1/pods"
SUBNET = POD_SUBNET
AT_ONCE = {"Retry-After": "0"}


@pytest.mark.parametrize(
    "fault",
    [
        Fault(path=PODS, status=429, headers=AT_ONCE, times=2),
        Fault(path=PODS, status=500, headers=AT_ONCE, times=2),
        Fault(path=PODS, status=503, headers=AT_ONCE, times=2),
        Fault(path=NODES, cut=True, body='{"items": [', times=1),
        Fault(path=NODES, body='{"items": [{"metadata"', times=1),
        Fault(path=NODES, body="<html>a proxy's own page</html>", times=1),
    ],
    ids=["429", "500", "503", "cut", "malformed", "not JSON"],
)
def test_a_passing_failure_of_the_api_server_is_asked_again(verify: Verify, fault: Fault) -> None:
    verify.deployed(ClusterFixture())
    verify.cloud.kubernetes.server.faults.append(fault)
    run = verify("--json")
    assert (run.code, run.unsettled) == (0, {})
    assert fault.times == 0


@pytest.mark.parametrize(
    "fault",
    [
        Fault(path=SUBNET, status=429, headers=AT_ONCE, times=2),
        Fault(path=SUBNET, status=502, headers=AT_ONCE, times=2),
        Fault(path=SUBNET, cut=True, body='{"id": "x", ', times=1),
        Fault(path=SUBNET, body='{"properties": 7}', times=1),
    ],
    ids=["429", "502", "cut", "malformed"],
)
def test_a_passing_failure_of_azure_is_asked_again(verify: Verify, fault: Fault) -> None:
    verify.deployed(ClusterFixture())
    verify.cloud.azure.server.faults.append(fault)
    run = verify("--json")
    assert (run.code, run.unsettled) == (0, {})
    assert fault.times == 0


def test_retry_after_is_waited_for(verify: Verify) -> None:
    verify.deployed(ClusterFixture())
    verify.cloud.kubernetes.server.faults.append(Fault(path=NODES, status=429, headers={"Retry-After": "2"}, times=1))
    run = verify("--json", "--only", "components")
    assert run.code == 0
    assert run.report["seconds"] >= 2


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault(path=NODES, status=500, headers=AT_ONCE), "answered 500 (asked 5 times)"),
        (Fault(path=NODES, status=429, headers={"Retry-After": "3600"}), "asks to be left alone for 3600 s"),
        (Fault(path=NODES, status=401), "answered 401: the kubeconfig's credentials are not accepted"),
        (
            Fault(path=NODES, status=403, body=json.dumps({"message": 'cannot list resource "nodes"'})),
            'answered 403 (cannot list resource "nodes"): the kubeconfig\'s user may not do this',
        ),
        (Fault(path=NODES, body='{"items": "oops"}'), "gave a malformed answer (items: "),
    ],
    ids=["500", "429 for an hour", "401", "403", "malformed"],
)
def test_what_the_api_server_does_not_say_is_not_checked_and_never_passed(
    verify: Verify, fault: Fault, words: str
) -> None:
    verify.deployed(ClusterFixture())
    verify.cloud.kubernetes.server.faults.append(fault)
    run = verify("--json")
    assert run.code == 2
    names = ("components", "addresses", "headroom", "demo")
    assert run.unsettled == dict.fromkeys(names, "not_checked")
    assert words in run.messages("addresses", "not_checked")


def test_an_azure_that_may_not_be_read_leaves_the_cluster_s_own_checks(verify: Verify) -> None:
    verify.deployed(ClusterFixture())
    verify.cloud.azure.server.faults.append(Fault(path="/", status=403))
    run = verify("--json")
    assert run.code == 2
    assert run.unsettled == dict.fromkeys(("roles", "feature", "network", "headroom"), "not_checked")
    assert "it needs Reader there" in run.messages("roles", "not_checked")
    assert "ranges according to the stacks' outputs" in run.messages("addresses", "noted")
    assert "pod subnet snet-pods now: 48 of 65,531" in run.messages("headroom", "held")


def test_a_refused_credential_says_how_to_get_another(verify: Verify) -> None:
    run_env = {"VERIFY_AZURE_TOKEN": "expired"}
    verify.deployed(ClusterFixture())
    run = verify("--json", "--only", "network", env=run_env)
    assert run.code == 2
    assert "answered 401: the credential is not accepted" in run.messages("network", "not_checked")


def test_a_wrong_address_is_found_even_when_something_else_could_not_be_checked(verify: Verify) -> None:
    cluster = ClusterFixture()
    cluster.pod("hello-kubernetes-7d9c-0").addresses = ["10.243.9.9"]
    verify.deployed(cluster)
    verify.cloud.azure.server.faults.append(Fault(path="/", status=403))
    run = verify("--json")
    assert run.code == 1
    assert run.unsettled["addresses"] == "failed"


def test_long_lists_are_read_a_page_at_a_time(verify: Verify) -> None:
    run = verify.of(ClusterFixture(nodes=3, pods_per_node=400), "--only", "addresses")
    assert run.code == 0
    assert "all 1,203 other pods" in run.messages("addresses", "held")
    pages = [asked for asked in verify.cloud.kubernetes.server.asked if asked.startswith(f"GET {PODS}?")]
    assert len(pages) == 3
    assert all("limit=500" in page for page in pages)


def test_a_list_that_expires_is_read_again_without_counting_anything_twice(verify: Verify) -> None:
    verify.deployed(ClusterFixture(nodes=3, pods_per_node=400))
    verify.cloud.kubernetes.server.faults.append(Fault(path=f"{PODS}?", status=410, skip=2, times=1))
    run = verify("--json", "--only", "addresses")
    assert run.code == 0
    assert "all 1,203 other pods" in run.messages("addresses", "held")
    assert "all 9 host-network pods" in run.messages("addresses", "held")


def test_a_list_that_always_expires_is_given_up(verify: Verify) -> None:
    verify.deployed(ClusterFixture())
    verify.cloud.kubernetes.server.faults.append(Fault(path=PODS, status=410))
    run = verify("--json", "--only", "addresses")
    assert run.code == 2
    assert "expired 3 times" in run.messages("addresses", "not_checked")


def test_role_assignments_are_read_to_the_last_page(verify: Verify) -> None:
    cluster = ClusterFixture()
    subnet_role = cluster.roles.pop(1)
    above = [(f"/providers/Microsoft.Management/managementGroups/g{n}", subnet_role[1]) for n in range(4)]
    cluster.roles = [*above, *cluster.roles]
    run = verify.of(cluster, "--only", "roles")
    assert run.code == 0
    assert all(f"management group g{n}" in run.messages("roles", "warned") for n in range(4))


def test_the_token_never_follows_a_link_to_another_host(verify: Verify) -> None:
    verify.deployed(ClusterFixture())
    elsewhere = json.dumps({"value": [], "nextLink": "https://203.0.113.9/more"})
    path = f"{POD_SUBNET}/providers/Microsoft.Authorization/roleAssignments"
    verify.cloud.azure.server.faults.append(Fault(path=path, body=elsewhere))
    run = verify("--json", "--only", "roles")
    assert run.code == 2
    assert "sends the token elsewhere" in run.messages("roles", "not_checked")


@pytest.mark.parametrize("drip", [0.2, 30], ids=["dripping", "silent"])
def test_an_answer_that_never_ends_ends_at_the_time_limit(verify: Verify, drip: float) -> None:
    verify.deployed(ClusterFixture())
    verify.cloud.kubernetes.server.faults.append(Fault(path=NODES, drip=drip))
    run = verify("--json", "--timeout", "3s")
    assert run.code == 2
    assert run.check("network")["status"] == "held"
    assert run.messages("components", "not_checked") == "the time limit of 3 s ran out"
    assert 3 <= run.report["seconds"] < 6


def test_nothing_is_trusted_that_another_authority_signed(verify: Verify) -> None:
    verify.deployed(ClusterFixture())
    run = verify("--json", "--only", "network", "--timeout", "20s", env={"REQUESTS_CA_BUNDLE": ""})
    assert run.code == 2
    assert "did not answer" in run.messages("network", "not_checked")
