"""What goes wrong in the middle of a deployment, and how the next one recovers."""

import json

import pytest

from simulator.cloud import Fault
from simulator.commands import kill_tree, start
from simulator.sandbox import PROJECT, Sandbox
from tests.simulator.driving import (
    CLUSTER,
    NETWORK,
    SUBNET,
    apply,
    break_next,
    deploy,
    heal,
    made,
    only,
    planned,
    tracked,
    wait_until_begun,
    wait_until_still,
)

pytestmark = pytest.mark.rehearsal


def test_a_subnet_that_fails_is_named_and_the_next_deploy_finishes(synthesized: Sandbox) -> None:
    break_next(synthesized, Fault("create", SUBNET, nth=2, error="AnotherOperationInProgress: try again"))

    first = deploy(synthesized)

    assert first.code != 0
    failed = {"nodes", "pods"} - {id_.rpartition("/")[2] for id_ in made(synthesized) if "/subnets/" in id_}
    assert f"creating {failed.pop()}: AnotherOperationInProgress" in first.output
    assert [name.partition(".")[0] for name in tracked(synthesized, "network")].count(SUBNET) == 1
    assert only(synthesized, NETWORK)

    deploy(synthesized).expect(0)
    assert len(made(synthesized)) == len(set(made(synthesized))), "nothing was made twice"
    assert planned(synthesized, "network") == planned(synthesized, "aks") == {}


def test_a_cluster_whose_answer_was_lost_is_recovered_by_importing_it(synthesized: Sandbox) -> None:
    apply(synthesized, "network").expect(0)
    break_next(synthesized, Fault("create", CLUSTER, error="context deadline exceeded", after=True))

    first = deploy(synthesized, "network", "aks")
    assert first.code != 0
    assert "context deadline exceeded" in first.output
    cluster = only(synthesized, CLUSTER)

    second = apply(synthesized, "aks")
    assert second.code != 0
    assert cluster.id in second.output
    assert "needs to be imported into the State" in " ".join(second.output.split())

    template = json.loads((synthesized.stack("aks") / "cdk.tf.json").read_text())
    (name,) = template["resource"][CLUSTER]
    assert f"import {CLUSTER}.{name} " in (PROJECT / "docs/operations.md").read_text(), "as operations are told"
    synthesized.terraform("aks", "import", "-input=false", f"{CLUSTER}.{name}", cluster.id).expect(0)
    deploy(synthesized).expect(0)
    assert made(synthesized).count(f"{CLUSTER} {cluster.id}") == 1
    assert planned(synthesized, "aks") == {}


@pytest.mark.parametrize(("stack", "type_name"), [("network", SUBNET), ("aks", CLUSTER)])
def test_terraform_killed_in_the_middle_of_an_apply_loses_and_doubles_nothing(
    synthesized: Sandbox, stack: str, type_name: str
) -> None:
    if stack == "aks":
        apply(synthesized, "network").expect(0)
    break_next(synthesized, Fault("create", type_name, seconds=60))
    process = start(["terraform", "apply", "-auto-approve"], synthesized.stack(stack), synthesized.environment)
    wait_until_begun(synthesized, f"create {type_name}")
    wait_until_still(synthesized)  # what is being made at the very moment is lost to any Terraform

    process.kill()
    process.communicate(timeout=20)

    heal(synthesized)
    recorded = [*tracked(synthesized, "network"), *tracked(synthesized, "aks")]
    assert len(recorded) == len(made(synthesized)), "the state can be read and lacks nothing"
    deploy(synthesized).expect(0)
    assert len(made(synthesized)) == len(set(made(synthesized)))
    assert len(synthesized.cloud.read().of_type(type_name)) == (2 if type_name == SUBNET else 1)
    assert planned(synthesized, stack) == {}


def test_a_second_deploy_at_the_same_time_is_refused_and_the_first_finishes(synthesized: Sandbox) -> None:
    break_next(synthesized, Fault("create", NETWORK, seconds=8))
    first = start(["cdktf", "deploy", "network", "aks", "--auto-approve"], synthesized.project, synthesized.environment)
    try:
        wait_until_begun(synthesized, f"create {NETWORK}")
        second = deploy(synthesized)
        output, _ = first.communicate(timeout=120)
    finally:
        kill_tree(first.pid)

    assert second.code != 0
    assert "Error acquiring the state lock" in second.output
    assert first.returncode == 0, output
    assert len(made(synthesized)) == len(set(made(synthesized)))
    assert planned(synthesized, "network") == planned(synthesized, "aks") == {}
