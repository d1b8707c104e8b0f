import pytest

from constructs_lib import naming
from constructs_lib.naming import NameRule


@pytest.mark.parametrize(
    ("rule", "accepted"),
    [
        (naming.RESOURCE_GROUP, ["a", "my_group-(1).x", "a" * 90]),
        (naming.VIRTUAL_NETWORK, ["ab", "a.b-c_", "a" * 64]),
        (naming.SUBNET, ["a", "pods_1", "a" * 76]),
        (naming.MANAGED_IDENTITY, ["abc", "1-a_", "a" * 128]),
        (naming.AKS_CLUSTER, ["a", "a-b_c", "a" * 63]),
        (naming.NODE_POOL, ["a", "apps2", "a" * 12]),
        (naming.VM_SIZE, ["Standard_DS2_v2", "Standard_M8-2ms", "Basic_A1"]),
        (naming.STORAGE_ACCOUNT, ["abc", "a1" * 12]),
        (naming.STORAGE_CONTAINER, ["abc", "a-b-c"]),
    ],
)
def test_names_azure_accepts_pass(rule: NameRule, accepted: list[str]) -> None:
    assert [rule.check(name) for name in accepted] == accepted


@pytest.mark.parametrize(
    ("rule", "refused"),
    [
        (naming.RESOURCE_GROUP, ["", "ends.", "a b", "größe", "a" * 91]),
        (naming.VIRTUAL_NETWORK, ["a", "_ab", "ab-", "a" * 65]),
        (naming.SUBNET, ["", "-a", "a.", "a" * 77]),
        (naming.MANAGED_IDENTITY, ["ab", "-abc", "a.bc", "a" * 129]),
        (naming.AKS_CLUSTER, ["", "-a", "a-", "a.b", "a" * 64]),
        (naming.NODE_POOL, ["", "1a", "A", "a-b", "a" * 13]),
        (naming.VM_SIZE, ["DS2_v2", "Standard_", "Standard_DS2 v2"]),
        (naming.STORAGE_ACCOUNT, ["ab", "Abc", "a-b", "a" * 25]),
        (naming.STORAGE_CONTAINER, ["ab", "a--b", "-ab", "ab-", "a" * 64]),
    ],
)
def test_names_azure_refuses_do_not(rule: NameRule, refused: list[str]) -> None:
    for name in refused:
        with pytest.raises(ValueError, match=f"is not a valid {rule.kind} name: use {rule.shortest} to {rule.longest}"):
            rule.check(name)


def test_a_name_known_only_to_terraform_passes() -> None:
    assert naming.AKS_CLUSTER.check("${data.x.y.name}") == "${data.x.y.name}"


def test_the_nodes_group_has_the_name_aks_gives_it() -> None:
    assert naming.node_resource_group(resource_group="rg", cluster="aks", location="eastus2") == "MC_rg_aks_eastus2"


def test_a_name_of_the_nodes_group_that_is_too_long_is_refused() -> None:
    with pytest.raises(ValueError, match=r"81 characters of at most 80: shorten"):
        naming.node_resource_group(resource_group="r" * 60, cluster="c" * 9, location="eastus2")
