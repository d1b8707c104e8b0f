from dataclasses import FrozenInstanceError

import pytest

from constructs_lib.node_pool import NodePool


def pool(**changes: object) -> NodePool:
    return NodePool(**({"name": "apps", "vm_size": "Standard_D4ds_v5"} | changes))  # type: ignore[arg-type]


def test_defaults_are_those_of_aks_but_for_zones_and_three_nodes() -> None:
    assert (pool().node_count, pool().max_pods, pool().zones, pool().autoscales) == (3, 110, ("1", "2", "3"), False)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"name": "Apps"}, "'Apps' is not a valid Linux node pool name"),
        ({"name": "a" * 13}, "1 to 12 characters"),
        ({"vm_size": "D4ds"}, "'D4ds' is not a valid machine size"),
        ({"node_count": 0}, "node_count is 0: use 1 to 1000"),
        ({"node_count": 1001}, "node_count is 1001"),
        ({"node_count": 3, "node_count_max": 2}, "node_count_max is 2: use node_count (3) to 1000"),
        ({"max_pods": 9}, "max_pods is 9: use 10 to 250"),
        ({"max_pods": 251}, "max_pods is 251"),
        ({"node_count": 2, "max_pods": 10}, "2 nodes with max_pods 10 have no room for 30 pods"),
        ({"max_surge": "0"}, "max_surge is '0'"),
        ({"max_surge": "101%"}, "max_surge is '101%'"),
        ({"zones": ("1", "4")}, "zones has 4: use any of 1, 2, 3"),
    ],
)
def test_a_value_out_of_range_is_refused_with_the_range(changes: dict[str, object], named: str) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011 the message is what this is about
        pool(**changes)
    assert named in str(refused.value)


def test_every_problem_is_named_at_once() -> None:
    with pytest.raises(ValueError, match=r"node_count.*max_pods.*max_surge"):
        pool(node_count=0, max_pods=0, max_surge="x")


@pytest.mark.parametrize(
    ("max_surge", "nodes", "surge"), [("10%", 3, 1), ("10%", 11, 2), ("33%", 20, 7), ("100%", 5, 5), ("2", 50, 2)]
)
def test_a_share_of_surge_nodes_is_rounded_up(max_surge: str, nodes: int, surge: int) -> None:
    assert pool(max_surge=max_surge, node_count=nodes).surge_nodes == surge


def test_with_autoscaling_the_most_nodes_count() -> None:
    autoscaled = pool(node_count=2, node_count_max=30)
    assert (autoscaled.autoscales, autoscaled.most_nodes, autoscaled.surge_nodes) == (True, 30, 3)


def test_a_pool_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        pool().node_count = 4  # type: ignore[misc]


@pytest.mark.parametrize(("name", "rotation"), [("apps", "appstmp"), ("a" * 12, "a" * 9 + "tmp")])
def test_the_stand_in_of_a_rotation_has_a_name_that_fits(name: str, rotation: str) -> None:
    assert pool(name=name).rotation_name == rotation
