"""verify and the stacks agree on what is published."""

from dataclasses import fields

import pytest
from pydantic import BaseModel

from ops.verify import deployed
from stacks import contract
from tests.ops.cluster_fixture import ClusterFixture


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
