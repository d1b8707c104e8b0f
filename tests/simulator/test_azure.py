"""The simulated Azure refuses, fills in and keeps what the real one does."""

import json
from pathlib import Path

import pytest

from simulator.aks import DELEGATION
from simulator.azure import Azure
from simulator.cloud import Cloud, RefusedError
from simulator.values import Object, Value, conform, objects
from tests.simulator.driving import CLUSTER, GROUP, NETWORK, POOL, SUBNET
from tests.simulator.services import ACCESS, SUBSCRIPTION, change, make, schemas

IDENTITY = "azurerm_user_assigned_identity"
ROLE = "azurerm_role_assignment"
PLACE: Object = {"resource_group_name": "g", "location": "westeurope"}


def configured(cloud: Cloud, *, guard: bool = True) -> Azure:
    azure = Azure(cloud, ACCESS)
    features: Object = {"resource_group": [{"prevent_deletion_if_contains_resources": guard}]}
    block = schemas("azurerm").provider.block
    azure.configure(conform(block, {"subscription_id": SUBSCRIPTION, "features": [features]}))
    return azure


@pytest.fixture
def cloud(tmp_path: Path) -> Cloud:
    return Cloud(tmp_path / "cloud.json")


@pytest.fixture
def azure(cloud: Cloud) -> Azure:
    """Azure with a group and a network of 10.0.0.0/8 in it."""
    azure = configured(cloud)
    make(azure, GROUP, name="g", location="westeurope")
    make(azure, NETWORK, **PLACE, name="v", address_space=["10.0.0.0/8"])
    return azure


def subnet(azure: Azure, name: str, range_: str, *, service: str | None = None, network: str = "v") -> Object:
    delegation: Value = [{"name": "d", "service_delegation": [{"name": service, "actions": []}]}] if service else []
    place: Object = {"resource_group_name": "g", "virtual_network_name": network}
    return make(azure, SUBNET, **place, name=name, address_prefixes=[range_], delegation=delegation)


@pytest.fixture
def subnets(azure: Azure) -> tuple[Object, Object]:
    """The node subnet and the pod subnet, the latter not delegated."""
    return subnet(azure, "nodes", "10.243.0.0/16"), subnet(azure, "pods", "10.242.0.0/16")


@pytest.fixture
def identity(azure: Azure, subnets: tuple[Object, Object]) -> Object:
    """An identity that holds Network Contributor on both subnets."""
    identity = make(azure, IDENTITY, **PLACE, name="i")
    for each in subnets:
        grant(azure, identity["principal_id"], each["id"])
    return identity


def grant(azure: Azure, principal: Value, scope: Value, role: str = "Network Contributor") -> Object:
    return make(azure, ROLE, scope=scope, role_definition_name=role, principal_id=principal)


def cluster(identity: Object, subnets: tuple[Object, Object], *, pool: Object | None = None, **more: Value) -> Object:
    nodes, pods = subnets
    default: Object = {"name": "system", "node_count": 3, "vnet_subnet_id": nodes["id"], "pod_subnet_id": pods["id"]}
    network: Object = {"network_plugin": "azure", "service_cidr": "172.16.0.0/16"}
    return {
        **PLACE,
        "name": "c",
        "dns_prefix": "c",
        "default_node_pool": [default | (pool or {})],
        "identity": [{"type": "UserAssigned", "identity_ids": [identity["id"]]}],
        "network_profile": [network],
        **more,
    }


def test_a_resource_in_no_group_is_refused(cloud: Cloud) -> None:
    with pytest.raises(RefusedError, match=r"ParentResourceNotFound.*resourceGroups/g "):
        make(configured(cloud), NETWORK, **PLACE, name="v", address_space=["10.0.0.0/8"])


def test_a_reference_to_nothing_is_refused(azure: Azure, identity: Object) -> None:
    absent: Object = {"id": f"/subscriptions/{SUBSCRIPTION}/resourceGroups/g/absent"}
    with pytest.raises(RefusedError, match=r"InvalidResourceReference.*/absent"):
        make(azure, CLUSTER, **cluster(identity, (absent, absent)))


def test_what_exists_already_must_be_imported(azure: Azure) -> None:
    with pytest.raises(RefusedError, match=r"already exists - to be managed via Terraform this resource needs"):
        make(azure, GROUP, name="G", location="westeurope")


def test_no_subscription_is_refused(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ARM_SUBSCRIPTION_ID", raising=False)
    with pytest.raises(RefusedError, match=r"subscription_id"):
        Azure(cloud, ACCESS).configure(conform(schemas("azurerm").provider.block, {}))


def test_aks_delegates_a_pod_subnet_and_lets_nobody_undo_it(
    azure: Azure, identity: Object, subnets: tuple[Object, Object]
) -> None:
    make(azure, CLUSTER, **cluster(identity, subnets))
    seen = azure.read(SUBNET, subnets[1])
    assert seen is not None
    (delegation,) = objects(seen["delegation"])
    assert objects(delegation["service_delegation"])[0]["name"] == DELEGATION
    with pytest.raises(RefusedError, match=r"SubnetDelegationsCannotChange.*agent pool system"):
        change(azure, SUBNET, seen, delegation=[])


def test_nodes_cannot_live_in_a_delegated_subnet(
    azure: Azure, identity: Object, subnets: tuple[Object, Object]
) -> None:
    delegated = subnet(azure, "delegated", "10.1.0.0/16", service=DELEGATION)
    grant(azure, identity["principal_id"], delegated["id"])
    with pytest.raises(RefusedError, match=r"SubnetIsDelegated.*delegated is delegated"):
        make(azure, CLUSTER, **cluster(identity, (delegated, subnets[1])))


def test_pods_cannot_live_in_another_services_subnet(
    azure: Azure, identity: Object, subnets: tuple[Object, Object]
) -> None:
    other = subnet(azure, "sql", "10.1.0.0/16", service="Microsoft.Sql/managedInstances")
    grant(azure, identity["principal_id"], other["id"])
    with pytest.raises(RefusedError, match=r"delegated to Microsoft.Sql"):
        make(azure, CLUSTER, **cluster(identity, (subnets[0], other)))


def test_nodes_and_pods_need_two_subnets_of_one_network(
    azure: Azure, identity: Object, subnets: tuple[Object, Object]
) -> None:
    with pytest.raises(RefusedError, match=r"node and pod subnet are the same"):
        make(azure, CLUSTER, **cluster(identity, (subnets[0], subnets[0])))
    make(azure, NETWORK, **PLACE, name="w", address_space=["192.168.0.0/16"])
    elsewhere = subnet(azure, "pods", "192.168.0.0/17", network="w")
    grant(azure, identity["principal_id"], elsewhere["id"])
    with pytest.raises(RefusedError, match=r"must be in one network"):
        make(azure, CLUSTER, **cluster(identity, (subnets[0], elsewhere)))


def test_a_cluster_is_refused_before_its_identity_has_both_roles(azure: Azure, subnets: tuple[Object, Object]) -> None:
    identity = make(azure, IDENTITY, **PLACE, name="i")
    grant(azure, identity["principal_id"], subnets[0]["id"])
    grant(azure, identity["principal_id"], subnets[1]["id"], role="Reader")
    with pytest.raises(RefusedError, match=r"LinkedAuthorizationFailed.*subnets/pods"):
        make(azure, CLUSTER, **cluster(identity, subnets))


def test_a_role_on_the_group_is_a_role_on_its_subnets(azure: Azure, subnets: tuple[Object, Object]) -> None:
    identity = make(azure, IDENTITY, **PLACE, name="i")
    grant(azure, identity["principal_id"], f"/subscriptions/{SUBSCRIPTION}/resourceGroups/g", role="Contributor")
    assert make(azure, CLUSTER, **cluster(identity, subnets))["fqdn"]


def test_a_client_id_is_no_principal(azure: Azure, subnets: tuple[Object, Object]) -> None:
    identity = make(azure, IDENTITY, **PLACE, name="i")
    with pytest.raises(RefusedError, match=r"takes its principal id"):
        grant(azure, identity["client_id"], subnets[0]["id"])


@pytest.mark.parametrize(("range_", "fits"), [("10.5.0.0/26", True), ("10.5.0.0/27", False)])
def test_three_nodes_take_forty_eight_pod_addresses_at_once(
    azure: Azure, identity: Object, subnets: tuple[Object, Object], range_: str, fits: bool
) -> None:
    small = subnet(azure, "small", range_)
    grant(azure, identity["principal_id"], small["id"])
    if fits:
        make(azure, CLUSTER, **cluster(identity, (subnets[0], small)))
    else:
        with pytest.raises(RefusedError, match=r"InsufficientSubnetSize.*48 exceed IPs available 27"):
            make(azure, CLUSTER, **cluster(identity, (subnets[0], small)))


def test_another_pool_must_fit_beside_the_first(azure: Azure, identity: Object, subnets: tuple[Object, Object]) -> None:
    small = subnet(azure, "small", "10.5.0.0/26")
    grant(azure, identity["principal_id"], small["id"])
    made = make(azure, CLUSTER, **cluster(identity, (subnets[0], small)))
    pool: Object = {"kubernetes_cluster_id": made["id"], "name": "apps", "node_count": 1}
    pool |= {"vnet_subnet_id": subnets[0]["id"], "pod_subnet_id": small["id"]}
    with pytest.raises(RefusedError, match=r"InsufficientSubnetSize.*64 exceed IPs available 59"):
        make(azure, POOL, **pool)


def test_a_service_range_inside_the_network_is_refused(
    azure: Azure, identity: Object, subnets: tuple[Object, Object]
) -> None:
    inside: Value = [{"network_plugin": "azure", "service_cidr": "10.0.0.0/16"}]
    with pytest.raises(RefusedError, match=r"ServiceCidrOverlapExistingSubnetsCidr.*10\.0\.0\.0/8"):
        make(azure, CLUSTER, **cluster(identity, subnets, network_profile=inside))


@pytest.mark.parametrize(("asked", "read_back"), [(None, "10%"), ("33%", "33%")])
def test_a_surge_that_is_not_asked_for_reads_back_as_ten_percent(
    azure: Azure, identity: Object, subnets: tuple[Object, Object], asked: str | None, read_back: str
) -> None:
    pool: Object = {"upgrade_settings": [{"max_surge": asked}]} if asked else {}
    made = make(azure, CLUSTER, **cluster(identity, subnets, pool=pool))
    (default,) = objects(made["default_node_pool"])
    assert objects(default["upgrade_settings"])[0]["max_surge"] == read_back


@pytest.mark.parametrize(("version", "issuer"), [("1.33", False), ("1.34", True), ("1.35.1", True)])
def test_a_cluster_is_a_token_issuer_from_1_34_on(
    azure: Azure, identity: Object, subnets: tuple[Object, Object], version: str, issuer: bool
) -> None:
    made = make(azure, CLUSTER, **cluster(identity, subnets, kubernetes_version=version))
    assert made["oidc_issuer_enabled"] is issuer
    assert bool(made["oidc_issuer_url"]) is issuer


def test_a_group_that_holds_something_is_guarded(azure: Azure, cloud: Cloud) -> None:
    (group,) = cloud.read().of_type(GROUP)
    with pytest.raises(RefusedError, match=r"still contains Resources(.|\n)*virtualNetworks/v"):
        azure.delete(GROUP, group.attributes)
    configured(cloud, guard=False).delete(GROUP, group.attributes)
    assert cloud.read().resources == {}


def test_a_subnet_in_use_stays(azure: Azure, identity: Object, subnets: tuple[Object, Object]) -> None:
    make(azure, CLUSTER, **cluster(identity, subnets))
    for each in subnets:
        with pytest.raises(RefusedError, match=r"InUse.*managedClusters/c"):
            azure.delete(SUBNET, each)


def test_a_cluster_takes_its_node_group_and_pools_with_it(
    azure: Azure, cloud: Cloud, identity: Object, subnets: tuple[Object, Object]
) -> None:
    before = set(cloud.read().resources)
    made = make(azure, CLUSTER, **cluster(identity, subnets))
    make(azure, POOL, kubernetes_cluster_id=made["id"], name="apps", node_count=1)
    assert str(made["node_resource_group_id"]).lower() in cloud.read().resources
    azure.delete(CLUSTER, made)
    assert set(cloud.read().resources) == before


def test_a_type_that_no_table_knows_gets_an_id_that_its_arguments_suggest(azure: Azure) -> None:
    made = make(azure, "azurerm_storage_account", **PLACE, name="s", account_tier="Standard")
    assert str(made["id"]).endswith("/resourceGroups/g/providers/Microsoft.Simulated/StorageAccount/s")
    assert azure.read("azurerm_storage_account", made) == made


def look_up(azure: Azure, type_name: str, **arguments: Value) -> Object:
    block = schemas("azurerm").data_source_schemas[type_name].block
    return azure.look_up(type_name, block, conform(block, arguments))


def test_a_data_source_tells_what_the_resource_holds(azure: Azure, subnets: tuple[Object, Object]) -> None:
    found = look_up(azure, SUBNET, name="pods", virtual_network_name="v", resource_group_name="g")
    assert (found["id"], found["address_prefixes"]) == (subnets[1]["id"], ["10.242.0.0/16"])


def test_a_data_source_of_nothing_is_refused(azure: Azure) -> None:
    with pytest.raises(RefusedError, match=r"subnets/absent was not found"):
        look_up(azure, SUBNET, name="absent", virtual_network_name="v", resource_group_name="g")


def test_the_client_is_of_the_configured_subscription(azure: Azure) -> None:
    assert look_up(azure, "azurerm_client_config")["subscription_id"] == SUBSCRIPTION


def test_a_data_source_that_tells_less_than_its_resource_is_cut_to_its_own_type(
    azure: Azure, identity: Object, subnets: tuple[Object, Object]
) -> None:
    make(azure, CLUSTER, **cluster(identity, subnets))
    (network,) = objects(look_up(azure, CLUSTER, name="c", resource_group_name="g")["network_profile"])
    assert network["service_cidr"] == "172.16.0.0/16"
    assert "outbound_type" not in network


def test_the_kubeconfig_opens_the_same_cluster_with_the_same_credentials(
    azure: Azure, identity: Object, subnets: tuple[Object, Object]
) -> None:
    made = make(azure, CLUSTER, **cluster(identity, subnets))
    (access,) = objects(made["kube_config"])
    kubeconfig = json.loads(str(made["kube_config_raw"]))
    assert kubeconfig["clusters"][0]["cluster"]["server"] == access["host"]
    assert str(access["host"]).startswith(f"{ACCESS.url}/clusters/")
    assert kubeconfig["users"][0]["user"]["client-key-data"] == access["client_key"]
