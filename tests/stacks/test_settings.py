from ipaddress import IPv4Address, IPv4Network
from typing import Any

import pytest

from stacks.settings import InvalidSettingsError, PreviewFeature, Settings, StateBackend


def problems(**given: Any) -> list[tuple[str, str]]:
    with pytest.raises(InvalidSettingsError) as refused:
        Settings(**given)
    return [(problem.subject, problem.message) for problem in refused.value.problems]


def test_the_defaults_are_the_walkthroughs_cluster_on_ranges_that_work() -> None:
    settings = Settings()
    assert settings.location == "eastus2"
    assert settings.vnet_range == IPv4Network("10.240.0.0/12")
    assert settings.pod_subnet_range == IPv4Network("10.242.0.0/16")
    assert settings.node_subnet_range == IPv4Network("10.243.0.0/16")
    assert settings.service_range == IPv4Network("172.16.0.0/16")
    assert settings.dns_address == IPv4Address("172.16.0.10")
    assert (settings.node_count, settings.zones, settings.max_pods) == (3, ("1", "2", "3"), 250)
    assert (settings.vm_size, settings.net_plugin, settings.net_policy) == ("Standard_DS2_v2", "azure", "calico")
    assert settings.kubernetes_version is None
    assert settings.demo
    assert settings.protect_resource_group
    assert settings.pod_subnet_preview is PreviewFeature.OFF
    assert settings.state_backend is StateBackend.LOCAL


def test_the_identity_is_named_after_the_cluster_unless_it_is_named() -> None:
    assert Settings(aks_cluster_name="blue").identity_name == "blue-identity"
    assert Settings(aks_cluster_name="blue", aks_identity_name="other").identity_name == "other"


def test_the_dns_address_follows_the_service_range() -> None:
    assert Settings(service_range="192.168.0.0/24").dns_address == IPv4Address("192.168.0.10")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("setting", "typed", "meant"),
    [
        ("location", "East US 2", "eastus2"),
        ("zones", "1,3", ("1", "3")),
        ("zones", "1 2", ("1", "2")),
        ("zones", "none", ()),
        ("tags", "owner=me, cost-centre=4 2", {"owner": "me", "cost-centre": "4 2"}),
        ("tags", "equation=a=b", {"equation": "a=b"}),
        ("tags", "none", {}),
        ("demo", "no", False),
        ("pod_subnet_preview", "adopt", PreviewFeature.ADOPT),
        ("kubernetes_version", "1.35.1", "1.35.1"),
    ],
)
def test_values_may_be_typed_as_people_type_them(setting: str, typed: str, meant: object) -> None:
    given: dict[str, Any] = {setting: typed}
    assert getattr(Settings(**given), setting) == meant


@pytest.mark.parametrize(
    ("given", "setting", "message"),
    [
        ({"vnet_range": "10.0.0"}, "vnet_range", "'10.0.0' is not an IPv4 range: write it like"),
        ({"pod_subnet_range": "10.242.0.1/16"}, "pod_subnet_range", "has host bits set: use 10.242.0.0/16"),
        ({"pod_subnet_range": "10.1.0.0/16"}, "pod_subnet_range", "is not inside the virtual network 10.240.0.0/12"),
        ({"node_subnet_range": "10.242.0.0/24"}, "pod_subnet_range", "overlaps the node subnet 10.242.0.0/24"),
        ({"service_range": "10.250.0.0/16"}, "service_range", "overlaps the network 10.240.0.0/12"),
        ({"service_range": "172.30.0.0/24"}, "service_range", "cannot be used (AKS uses it)"),
        ({"dns_service_ip": "172.17.0.10"}, "dns_service_ip", "must lie inside the service range 172.16.0.0/16"),
        ({"dns_service_ip": "172.16.0.1"}, "dns_service_ip", "use 172.16.0.10"),
        ({"dns_service_ip": "here"}, "dns_service_ip", "'here'"),
        ({"node_count": 300}, "pod_subnet_range", "(system: 300 nodes + 30 surge) x 272): a pod subnet is /16 at most"),
        ({"node_count": 20, "pod_subnet_range": "10.242.0.0/20"}, "pod_subnet_range", "use /19 or larger, or fewer"),
        ({"node_count": 2, "max_pods": 10}, "node_count", "2 nodes with max_pods 10 have no room for 30 pods"),
        ({"node_pools": [{"name": "systemtmp", "vm_size": "Standard_D4ds_v5"}]}, "node_pools", "'systemtmp' names two"),
        ({"state_backend": "hcp", "state_organization": "a b"}, "state_organization", "HCP Terraform organization"),
        ({"node_subnet_range": "10.243.0.0/29"}, "node_subnet_range", "use /28 or larger, or fewer nodes"),
        ({"resource_group": "ends."}, "resource_group", "is not a valid resource group name: use 1 to 90 characters"),
        ({"aks_cluster_name": "x" * 64}, "aks_cluster_name", "use 1 to 63 characters"),
        ({"aks_identity_name": "x"}, "aks_identity_name", "is not a valid managed identity name"),
        ({"vnet_name": "-"}, "vnet_name", "is not a valid virtual network name"),
        ({"pod_subnet_name": "nodes"}, "pod_subnet_name", "names the node subnet too: rename one"),
        ({"resource_group": "r" * 80}, "aks_cluster_name", "characters of at most 80: shorten"),
        ({"location": "east-us"}, "location", "is not an Azure region"),
        ({"max_pods": 9}, "max_pods", "greater than or equal to 10"),
        ({"max_pods": 251}, "max_pods", "less than or equal to 250"),
        ({"node_count": 0}, "node_count", "greater than or equal to 1"),
        ({"node_count": "three"}, "node_count", "'three'"),
        ({"node_count": 3, "node_count_max": 2}, "node_count_max", "use node_count (3) to 1000"),
        ({"net_policy": "kubenet"}, "net_policy", "should be 'calico', 'azure' or 'cilium'"),
        ({"net_plugin": "kubenet"}, "net_plugin", "should be 'azure'"),
        ({"zones": "1,4"}, "zones", "'4'"),
        ({"tags": "owner"}, "tags", "'owner' is not a tag: write them like owner=me"),
        ({"tags": {"a/b": "c"}}, "tags", "none of < > % &"),
        ({"tags": {f"tag{n}": "x" for n in range(51)}}, "tags", "51 tags are too many"),
        ({"tags": {"a": "x" * 257}}, "tags", "the value of tag 'a' is too long"),
        ({"kubernetes_version": "v1.35"}, "kubernetes_version", "write it like 1.35"),
        ({"vm_size": "DS2_v2"}, "vm_size", "is not a valid machine size name"),
        ({"node_pools": "[{"}, "node_pools", "not valid JSON"),
        (
            {"node_pools": {"name": "apps"}},
            "node_pools",
            "is not a list of tables: write a JSON list of objects, or [[",
        ),
        ({"node_pools": "[3]"}, "node_pools", "[3] is not a list of tables"),
        ({"tags": "a=1,A=2"}, "tags", "tag 'a' is there twice"),
        ({"node_count": 3, "node_count_max": 2, "vm_size": "x"}, "node_count_max", "use node_count (3) to 1000"),
        ({"dns_service_ip": "172.16.255.255"}, "dns_service_ip", "and before its last: use 172.16.0.10"),
        ({"node_pools": [{"name": "apps"}]}, "node_pools", "entry 1, vm_size: is missing"),
        (
            {"node_pools": [{"name": "Apps", "vm_size": "Standard_D4ds_v5"}]},
            "node_pools",
            "'Apps' is not a valid Linux",
        ),
        ({"node_pools": [{"name": "system", "vm_size": "Standard_D4ds_v5"}]}, "node_pools", "names two pools"),
        ({"pod_subnet_preview": "on"}, "pod_subnet_preview", "'off', 'register' or 'adopt'"),
        ({"other_preview_features": "NAPPreview"}, "other_preview_features", "is for pod_subnet_preview 'register' or"),
        ({"pod_subnet_preview": "adopt", "other_preview_features": "a b?"}, "other_preview_features", "'b?' is not a"),
        ({"state_backend": "s3"}, "state_backend", "'local', 'azurerm' or 'hcp'"),
        ({"state_backend": "hcp"}, "state_organization", "is missing: state_backend 'hcp' needs it"),
        ({"state_container": "tfstate"}, "state_container", "is for state_backend 'azurerm', which is 'local'"),
        ({"state_backend": "azurerm", "state_storage_account": "A-B"}, "state_storage_account", "storage account name"),
    ],
)
def test_a_mistake_is_found_at_its_setting_with_the_fix(given: dict[str, Any], setting: str, message: str) -> None:
    found = problems(**given)
    assert [text for subject, text in found if subject == setting and message in text], found


def test_half_a_state_backend_is_refused_with_all_that_is_missing() -> None:
    missing = problems(state_backend="azurerm", state_container="tfstate")
    assert [setting for setting, _ in missing] == ["state_resource_group", "state_storage_account"]


def test_every_problem_is_found_at_once_also_between_settings() -> None:
    found = problems(
        vnet_range="bad", node_count="bad", pod_subnet_range="10.243.0.0/24", service_range="10.243.0.0/16"
    )
    assert [setting for setting, _ in found] == [
        "vnet_range",
        "node_count",
        "pod_subnet_range",
        "service_range",
        "service_range",
    ]


def test_every_problem_of_every_user_pool_is_found_at_once() -> None:
    first = {
        "name": "Apps",
        "vm_sise": "Standard_D4ds_v5",
        "node_count": 0,
        "max_pods": 5,
        "max_surge": "x",
        "zones": "7",
    }
    second = {"name": "jobs", "vm_size": "Standard_D4ds_v5", "node_count": 5, "node_count_max": 4}
    found = problems(node_pools=[first, second])
    assert {setting for setting, _ in found} == {"node_pools"}
    places = [message.partition(": ")[0] for _, message in found]
    assert sorted(places) == [
        "entry 1, max_pods",
        "entry 1, max_surge",
        "entry 1, name",
        "entry 1, node_count",
        "entry 1, vm_sise",
        "entry 1, vm_size",
        "entry 1, zones, entry 1",
        "entry 2",
    ]
    assert "vm_sise: is not known: use name, vm_size," in str(found)


def test_one_mistake_is_reported_once() -> None:
    assert len(problems(vnet_range="bad")) == 1
    assert len(problems(max_pods=1000)) == 1
    assert len(problems(service_range="bad")) == 1


def test_user_pools_count_in_the_address_plan() -> None:
    pool = {"name": "apps", "vm_size": "Standard_D4ds_v5", "node_count": 1, "node_count_max": 1000, "max_pods": 250}
    ((setting, message),) = problems(node_pools=[pool])
    assert setting == "pod_subnet_range"
    assert "(apps: 1000 nodes + 100 surge) x 272" in message


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings().location = "westus"  # type: ignore[misc]
