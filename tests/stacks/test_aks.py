from pathlib import Path
from typing import Any

import pytest
from cdktf import App

from stacks.aks import AksStack
from stacks.settings import Settings
from tests.synthesis import Json, only, resources, stack_json

FROM_NETWORK = "${data.terraform_remote_state.network.outputs."


def aks(outdir: Path, **given: Any) -> Json:
    app = App(outdir=str(outdir), stack_traces=False)
    AksStack(app, settings=Settings(**given))
    app.synth()
    return stack_json(outdir, "aks")


@pytest.fixture(scope="module")
def default(tmp_path_factory: pytest.TempPathFactory) -> Json:
    return aks(tmp_path_factory.mktemp("out"))


def test_the_cluster_stands_on_the_network_stack(default: Json) -> None:
    cluster = only(default, "azurerm_kubernetes_cluster")
    assert cluster["resource_group_name"] == FROM_NETWORK + "resource_group_name}"
    assert cluster["location"] == FROM_NETWORK + "location}"
    assert cluster["identity"]["identity_ids"] == [FROM_NETWORK + "identity_id}"]
    assert cluster["default_node_pool"]["vnet_subnet_id"] == FROM_NETWORK + "node_subnet_id}"
    assert cluster["default_node_pool"]["pod_subnet_id"] == FROM_NETWORK + "pod_subnet_id}"


def test_the_cluster_is_as_the_settings_say(tmp_path: Path) -> None:
    stack = aks(
        tmp_path,
        aks_cluster_name="blue",
        aks_sku_tier="Standard",
        kubernetes_version="1.35",
        net_policy="cilium",
        vm_size="Standard_D4ds_v5",
        node_count=5,
        zones="1",
        max_pods=60,
        service_range="192.168.0.0/20",
    )
    cluster = only(stack, "azurerm_kubernetes_cluster")
    pool = cluster["default_node_pool"]
    assert (cluster["name"], cluster["sku_tier"], cluster["kubernetes_version"]) == ("blue", "Standard", "1.35")
    assert (cluster["network_profile"]["network_policy"]) == "cilium"
    assert (cluster["network_profile"]["service_cidr"]) == "192.168.0.0/20"
    assert (cluster["network_profile"]["dns_service_ip"]) == "192.168.0.10"
    assert (pool["vm_size"], pool["node_count"], pool["zones"], pool["max_pods"]) == ("Standard_D4ds_v5", 5, ["1"], 60)


def test_user_pools_are_added(tmp_path: Path) -> None:
    pools = [{"name": name, "vm_size": "Standard_D4ds_v5"} for name in ("apps", "batch")]
    stack = aks(tmp_path, node_pools=pools)
    assert [pool["name"] for pool in resources(stack, "azurerm_kubernetes_cluster_node_pool")] == ["apps", "batch"]


def test_helm_talks_to_the_cluster_of_this_stack(default: Json) -> None:
    (helm,) = default["provider"]["helm"]
    (address,) = default["resource"]["azurerm_kubernetes_cluster"]
    config = f"azurerm_kubernetes_cluster.{address}.kube_config[0]"
    assert helm["kubernetes"] == {
        "host": f"${{{config}.host}}",
        "client_certificate": f"${{base64decode({config}.client_certificate)}}",
        "client_key": f"${{base64decode({config}.client_key)}}",
        "cluster_ca_certificate": f"${{base64decode({config}.cluster_ca_certificate)}}",
    }


def test_the_demo_can_be_left_out_and_removed_again(tmp_path: Path, default: Json) -> None:
    without = aks(tmp_path, demo=False)
    assert only(default, "helm_release")["name"] == "hello-kubernetes"
    assert "helm_release" not in without["resource"]
    assert "port_forward_command" not in without["output"]
    assert without["provider"]["helm"] == default["provider"]["helm"]


def test_outputs_tell_what_to_type(default: Json) -> None:
    (address,) = default["resource"]["azurerm_kubernetes_cluster"]
    assert default["output"]["get_credentials_command"]["value"] == (
        f"az aks get-credentials --resource-group {FROM_NETWORK}resource_group_name}}"
        f" --name ${{azurerm_kubernetes_cluster.{address}.name}}"
    )
    assert default["output"]["port_forward_command"]["value"].startswith("kubectl port-forward --namespace hello ")


def test_a_registration_that_terraform_manages_is_not_made_by_this_stacks_provider(tmp_path: Path) -> None:
    (provider,) = aks(tmp_path, pod_subnet_preview="register")["provider"]["azurerm"]
    assert "resource_providers_to_register" not in provider
