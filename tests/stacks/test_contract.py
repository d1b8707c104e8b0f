from dataclasses import fields
from pathlib import Path

import pytest
from cdktf import App, TerraformStack

from main import build
from stacks.contract import AksOutputs, NetworkOutputs
from stacks.settings_loader import load
from tests.synthesis import Json, stack_json


@pytest.fixture(scope="module")
def stacks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Json]:
    outdir = tmp_path_factory.mktemp("out")
    build(load(), outdir=str(outdir)).synth()
    return {name: stack_json(outdir, name) for name in ("network", "aks")}


def outputs_read(stack: Json) -> set[str]:
    """Every output of another stack that the JSON refers to."""
    marker = ".network.outputs."
    texts = str(stack).split(marker)[1:]
    return {text.split("}")[0].split(")")[0] for text in texts}


def test_every_output_that_aks_reads_is_published_by_network(stacks: dict[str, Json]) -> None:
    read = outputs_read(stacks["aks"])
    assert read == {"resource_group_name", "location", "node_subnet_id", "pod_subnet_id", "identity_id"}
    assert read <= set(stacks["network"]["output"])


def test_the_published_names_are_the_fields_of_the_contract(stacks: dict[str, Json]) -> None:
    assert set(stacks["network"]["output"]) == {output.name for output in fields(NetworkOutputs)}
    assert set(stacks["aks"]["output"]) == {output.name for output in fields(AksOutputs)}


def test_names_that_other_code_may_read_do_not_change_unnoticed(stacks: dict[str, Json]) -> None:
    assert sorted(stacks["network"]["output"]) == [
        "identity_id",
        "identity_principal_id",
        "location",
        "network_id",
        "node_subnet_id",
        "node_subnet_range",
        "pod_subnet_id",
        "pod_subnet_range",
        "resource_group_name",
    ]
    assert sorted(stacks["aks"]["output"]) == [
        "cluster_id",
        "cluster_name",
        "get_credentials_command",
        "kube_config",
        "kubernetes_version",
        "node_resource_group",
        "oidc_issuer_url",
        "port_forward_command",
    ]


def test_only_the_kubeconfig_is_secret(stacks: dict[str, Json]) -> None:
    secret = [name for stack in stacks.values() for name, output in stack["output"].items() if output.get("sensitive")]
    assert secret == ["kube_config"]


def test_every_output_says_what_it_is(stacks: dict[str, Json]) -> None:
    assert all(output["description"] for stack in stacks.values() for output in stack["output"].values())


def test_an_output_without_a_value_is_not_published(tmp_path: Path) -> None:
    app = App(outdir=str(tmp_path), stack_traces=False)
    stack = TerraformStack(app, "aks")
    given = {output.name: "x" for output in fields(AksOutputs)} | {"port_forward_command": None}
    AksOutputs(**given).publish(stack)  # type: ignore[arg-type]
    app.synth()
    assert "port_forward_command" not in stack_json(tmp_path, "aks")["output"]
