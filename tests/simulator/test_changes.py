"""What others do to a deployment, and what Terraform must refuse."""

import json
from typing import Any

import pytest

from simulator.azure import PREVIEW_OF_ANOTHER, REGISTRATION
from simulator.cloud import Resource
from simulator.sandbox import SUBSCRIPTION, Sandbox
from simulator.values import Object, objects
from tests.simulator.driving import (
    CLUSTER,
    GROUP,
    POOL,
    RELEASE,
    SUBNET,
    apply,
    deploy,
    destroy,
    made,
    planned,
    tracked,
)

pytestmark = pytest.mark.rehearsal


def template(box: Sandbox, stack: str) -> dict[str, Any]:
    return json.loads((box.stack(stack) / "cdk.tf.json").read_text())


def write(box: Sandbox, stack: str, changed: dict[str, Any]) -> None:
    (box.stack(stack) / "cdk.tf.json").write_text(json.dumps(changed))


def test_a_deleted_pool_is_planned_and_made_again(synthesized: Sandbox) -> None:
    pool = '[{"name": "apps", "vm_size": "Standard_D4ds_v5", "node_count": 2}]'
    box = with_variables(synthesized, AZ_NODE_POOLS=pool)
    deploy(box).expect(0)
    with box.cloud.change() as world:
        (gone,) = world.of_type(POOL)
        del world.resources[gone.id.lower()]

    plan = planned(box, "aks")
    assert [(address.partition(".")[0], actions) for address, actions in plan.items()] == [(POOL, ["create"])]
    deploy(box).expect(0)
    assert [pool.id for pool in box.cloud.read().of_type(POOL)] == [gone.id]
    assert planned(box, "aks") == {}


def test_a_cluster_deleted_by_hand_is_made_again_with_its_release(deployed: Sandbox) -> None:
    with deployed.cloud.change() as world:
        (gone,) = world.of_type(CLUSTER)
        for key in [gone.id.lower(), *world.under(gone.id)]:
            del world.resources[key]

    plan = planned(deployed, "aks")
    assert {address.partition(".")[0]: actions for address, actions in plan.items()} == {
        CLUSTER: ["create"],
        RELEASE: ["create"],
    }
    deploy(deployed).expect(0)
    assert planned(deployed, "aks") == {}


@pytest.mark.parametrize(
    ("type_name", "argument", "drifted"),
    [(GROUP, "tags", {"environment": "someone else's"}), (SUBNET, "delegation", [])],
)
def test_drift_is_planned_as_exactly_that_and_repaired(
    deployed: Sandbox, type_name: str, argument: str, drifted: Any
) -> None:
    with deployed.cloud.change() as world:
        resource = next(each for each in world.of_type(type_name) if each.attributes[argument])
        before = resource.attributes[argument]
        resource.attributes[argument] = drifted

    plan = planned(deployed, "network")
    assert [(address.partition(".")[0], actions) for address, actions in plan.items()] == [(type_name, ["update"])]
    apply(deployed, "network").expect(0)
    assert deployed.cloud.read().resources[resource.id.lower()].attributes[argument] == before
    assert planned(deployed, "network") == {}


def test_a_delegation_that_is_not_declared_comes_back_and_cannot_be_removed(synthesized: Sandbox) -> None:
    network = template(synthesized, "network")
    for subnet in network["resource"][SUBNET].values():
        subnet.pop("delegation", None)
    write(synthesized, "network", network)
    apply(synthesized, "network").expect(0)
    apply(synthesized, "aks").expect(0)

    assert list(planned(synthesized, "network").values()) == [["update"]]
    refused = apply(synthesized, "network")
    assert refused.code != 0
    assert "SubnetDelegationsCannotChange" in refused.output


def test_the_network_cannot_be_destroyed_under_a_living_cluster(deployed: Sandbox) -> None:
    before = deployed.cloud.read()
    refused = destroy(deployed, "network")
    assert refused.code != 0
    assert "aks" in refused.output
    after = deployed.cloud.read()
    assert after.log == before.log
    assert after.resources.keys() == before.resources.keys()


def test_terraform_alone_cannot_remove_a_subnet_in_use(deployed: Sandbox) -> None:
    refused = deployed.terraform("network", "destroy", "-auto-approve", "-input=false", "-no-color")
    assert refused.code != 0
    assert "it is in use by" in " ".join(refused.output.split())
    assert deployed.cloud.read().of_type(CLUSTER)


def test_a_group_that_exists_is_refused_with_the_hint_to_import_it(synthesized: Sandbox) -> None:
    (name,) = template(synthesized, "network")["resource"][GROUP]
    group = template(synthesized, "network")["resource"][GROUP][name]
    id_ = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{group['name']}"
    attributes: Object = {"id": id_, "managed_by": None, "tags": None, "timeouts": None}
    attributes |= {"name": group["name"], "location": group["location"]}
    with synthesized.cloud.change() as world:
        world.resources[id_.lower()] = Resource(GROUP, id_, attributes)

    refused = apply(synthesized, "network")
    assert refused.code != 0
    told = " ".join(refused.output.replace("│", " ").split())
    assert f'a resource with the ID "{id_}" already exists' in told
    assert "needs to be imported into the State" in told

    synthesized.terraform("network", "import", "-input=false", f"{GROUP}.{name}", id_).expect(0)
    deploy(synthesized).expect(0)
    assert f"{GROUP} {id_}" not in made(synthesized)
    assert planned(synthesized, "network") == {}


@pytest.mark.parametrize("protected", [True, False])
def test_a_stray_resource_stops_a_protected_destroy_only(deployed: Sandbox, protected: bool) -> None:
    box = with_variables(deployed, AZ_PROTECT_RESOURCE_GROUP=str(protected).lower())
    (group,) = deployed.cloud.read().of_type(GROUP)
    id_ = f"{group.id}/providers/Microsoft.Storage/storageAccounts/stray"
    with box.cloud.change() as world:
        world.resources[id_.lower()] = Resource("azurerm_storage_account", id_, {"id": id_})

    finished = destroy(box)

    left = {each.id for each in box.cloud.read().resources.values()}
    if protected:
        assert finished.code != 0
        assert id_ in finished.output.replace("│", "").replace("\n", "").replace(" ", "")
        assert left == {group.id, id_}
    else:
        finished.expect(0)
        assert left == set()
        assert tracked(box, "network") == []


def test_an_output_renamed_on_one_side_is_named_with_both_sides(deployed: Sandbox) -> None:
    network = template(deployed, "network")
    network["output"]["pods_subnet_id"] = network["output"].pop("pod_subnet_id")
    write(deployed, "network", network)
    apply(deployed, "network").expect(0)

    refused = deployed.terraform("aks", "plan", "-input=false", "-no-color")
    assert refused.code != 0
    assert 'does not have an attribute named "pod_subnet_id"' in " ".join(refused.output.split())
    assert "data.terraform_remote_state" in refused.output, "the reading side"
    assert "network" in refused.output, "the publishing side"


WRONG_SHAPES: list[tuple[Object, str]] = [
    ({"no_such_argument": 1}, "Extraneous JSON object property"),
    ({"location": None}, 'The argument "location" is required'),
    ({"network_profile": "azure"}, "Incorrect JSON value type"),
    ({"default_node_pool": [{"name": "system"}, {"name": "other"}]}, "Too many default_node_pool blocks"),
    ({"tags": "blue"}, "Inappropriate value for attribute"),
]


@pytest.mark.parametrize(("change", "told"), WRONG_SHAPES)
def test_the_wrong_shape_is_refused_as_the_real_provider_does(synthesized: Sandbox, change: Object, told: str) -> None:
    aks = template(synthesized, "aks")
    (cluster,) = aks["resource"][CLUSTER].values()
    cluster.update(change)
    write(synthesized, "aks", aks)
    refused = synthesized.terraform("aks", "validate", "-no-color")
    assert refused.code != 0
    assert told in refused.output


def test_a_missing_argument_is_refused_by_name(synthesized: Sandbox) -> None:
    aks = template(synthesized, "aks")
    (cluster,) = aks["resource"][CLUSTER].values()
    del cluster["location"]
    write(synthesized, "aks", aks)
    refused = synthesized.terraform("aks", "validate", "-no-color")
    assert refused.code != 0
    assert 'The argument "location" is required' in refused.output


def test_a_preview_feature_is_adopted_where_its_namespace_is_registered(synthesized: Sandbox) -> None:
    refused = deploy(with_variables(synthesized, AZ_POD_SUBNET_PREVIEW="register"), "network")
    assert refused.code != 0
    assert "needs to be imported" in " ".join(refused.output.replace("│", " ").split())
    adopting = with_variables(synthesized, AZ_POD_SUBNET_PREVIEW="adopt")
    deploy(adopting, "network").expect(0)
    assert planned(adopting, "network") == {}
    assert flags(adopting) == {"PodSubnetPreview"}, "the provider unregisters what it is not told of"


def test_flags_that_are_named_stay_when_the_registration_is_adopted(synthesized: Sandbox) -> None:
    adopting = with_variables(
        synthesized, AZ_POD_SUBNET_PREVIEW="adopt", AZ_OTHER_PREVIEW_FEATURES=str(PREVIEW_OF_ANOTHER["name"])
    )
    deploy(adopting, "network").expect(0)
    assert planned(adopting, "network") == {}
    assert flags(adopting) == {"PodSubnetPreview", str(PREVIEW_OF_ANOTHER["name"])}


def test_switching_the_preview_off_unregisters_nothing(synthesized: Sandbox) -> None:
    adopting = with_variables(synthesized, AZ_POD_SUBNET_PREVIEW="adopt")
    deploy(adopting, "network").expect(0)
    refused = deploy(synthesized, "network")
    assert refused.code != 0
    assert "automatically registered by Terraform" in refused.output
    assert flags(adopting) == {"PodSubnetPreview"}


def test_types_that_the_app_does_not_use_yet_deploy_repeat_and_go(synthesized: Sandbox) -> None:
    network = template(synthesized, "network")
    (group,) = network["resource"][GROUP]
    place = {"resource_group_name": f"${{{GROUP}.{group}.name}}", "location": "westeurope"}
    network["resource"] |= {
        "azurerm_container_registry": {"x": place | {"name": "registry", "sku": "Basic"}},
        "azurerm_nat_gateway": {"x": place | {"name": "nat"}},
        "azurerm_nat_gateway_public_ip_association": {
            "x": {
                "nat_gateway_id": "${azurerm_nat_gateway.x.id}",
                "public_ip_address_id": "${azurerm_public_ip.x.id}",
            }
        },
        "azurerm_public_ip": {"x": place | {"name": "ip", "allocation_method": "Static"}},
        "azurerm_storage_account": {
            "x": place | {"name": "store", "account_tier": "Standard", "account_replication_type": "LRS"}
        },
    }
    write(synthesized, "network", network)

    apply(synthesized, "network").expect(0)
    assert planned(synthesized, "network") == {}
    synthesized.terraform("network", "destroy", "-auto-approve", "-input=false").expect(0)
    assert synthesized.cloud.read().resources == {}


def flags(box: Sandbox) -> set[str]:
    """The feature flags that are registered."""
    (registration,) = [r for r in box.cloud.read().resources.values() if r.type == REGISTRATION]
    return {str(feature["name"]) for feature in objects(registration.attributes["feature"]) if feature["registered"]}


def with_variables(box: Sandbox, **variables: str) -> Sandbox:
    return Sandbox(box.project, box.cloud, {**box.environment, **variables})
