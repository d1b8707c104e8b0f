"""What verify shares with the app: the outputs of its stacks, its address arithmetic, and nothing else."""

import subprocess
import sys
from dataclasses import fields

import pytest
from pydantic import BaseModel

from ops.verify import deployed
from stacks import contract
from tests.ops.cluster_fixture import ClusterFixture
from tests.ops.conftest import ROOT


@pytest.mark.parametrize(
    ("read", "published"),
    [(deployed.NetworkOutputs, contract.NetworkOutputs), (deployed.AksOutputs, contract.AksOutputs)],
    ids=["network", "aks"],
)
def test_every_output_that_verify_reads_is_published_by_the_stacks(read: type[BaseModel], published: type) -> None:
    assert set(read.model_fields) <= {output.name for output in fields(published)}


def test_the_fixture_s_outputs_are_outputs_of_the_stacks() -> None:
    outputs = ClusterFixture().outputs("kubeconfig")
    assert set(outputs["network"]) <= {output.name for output in fields(contract.NetworkOutputs)}
    assert set(outputs["aks"]) <= {output.name for output in fields(contract.AksOutputs)}


def test_starting_it_loads_neither_the_app_nor_the_clients_it_may_not_need() -> None:
    program = "import sys, ops.verify.command; print(*sys.modules)"
    command = [sys.executable, "-c", program]
    loaded = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert "ops.verify.checks.roles" in loaded
    assert not {"cdktf", "jsii", "stacks", "main", "kubernetes", "azure", "rich", "junitparser"} & set(loaded)
    shared = {module for module in loaded if module.startswith("constructs_lib.")}
    assert "constructs_lib.addressing" in shared
