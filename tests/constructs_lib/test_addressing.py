from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from constructs_lib.addressing import (
    FREE_POD_ADDRESSES,
    POD_BATCH,
    RESERVED_IN_SUBNET,
    AddressPlan,
    addresses_per_node,
    usable_addresses,
    usual_dns_ip,
)
from constructs_lib.node_pool import NodePool

POOL = NodePool(name="system", vm_size="Standard_DS2_v2", node_count=3, max_pods=250)
PLAN = AddressPlan(
    network=IPv4Network("10.240.0.0/12"),
    node_subnet=IPv4Network("10.243.0.0/16"),
    pod_subnet=IPv4Network("10.242.0.0/16"),
    service_range=IPv4Network("172.16.0.0/16"),
    dns_service_ip=IPv4Address("172.16.0.10"),
    node_pools=(POOL,),
)

node_pools = st.builds(
    NodePool,
    name=st.just("pool"),
    vm_size=st.just("Standard_DS2_v2"),
    node_count=st.integers(3, 1000),
    max_pods=st.integers(10, 250),
    max_surge=st.integers(1, 100).map(lambda share: f"{share}%") | st.integers(1, 50).map(str),
)


def subjects(plan: AddressPlan) -> list[str]:
    return [problem.subject for problem in plan.problems()]


def test_the_walkthroughs_ranges_have_no_problem() -> None:
    assert PLAN.problems() == []
    assert PLAN.warnings() == []


def test_nodes_and_pods_that_fill_more_than_a_network_are_too_many() -> None:
    pools = [NodePool(name=name, vm_size="Standard_DS2_v2", node_count=930, max_pods=24) for name in ("one", "two")]
    plan = replace(PLAN, node_pools=tuple(pools))
    (problem,) = plan.problems()
    assert (problem.subject, plan.node_addresses + plan.pod_addresses) == ("network", 67_518)
    assert "can need 67,518 addresses, and a virtual network has 65,536" in problem.message


@given(pool=node_pools)
def test_a_full_node_never_runs_out_and_wastes_less_than_a_batch_and_the_spare(pool: NodePool) -> None:
    held = addresses_per_node(pool)
    assert held % POD_BATCH == 0
    assert pool.max_pods + FREE_POD_ADDRESSES <= held < pool.max_pods + FREE_POD_ADDRESSES + POD_BATCH


@given(pool=node_pools)
def test_the_subnet_a_message_recommends_is_large_enough_and_half_of_it_is_not(pool: NodePool) -> None:
    needed = AddressPlan(node_pools=(pool,)).pod_addresses
    tiny = replace(PLAN, pod_subnet=IPv4Network("10.242.0.0/29"), node_pools=(pool,))
    message = next(problem.message for problem in tiny.problems() if problem.subject == "pod_subnet")
    if "a pod subnet is /16 at most" in message:
        assert needed > usable_addresses(IPv4Network("10.0.0.0/16"))
        return
    prefix = int(message.split("use /")[1].split()[0])
    assert usable_addresses(IPv4Network((0, prefix))) >= needed
    assert usable_addresses(IPv4Network((0, prefix + 1))) < needed


@given(pool=node_pools, prefix=st.integers(16, 29))
def test_a_pod_subnet_is_refused_exactly_when_full_nodes_and_surge_do_not_fit(pool: NodePool, prefix: int) -> None:
    plan = replace(PLAN, node_pools=(pool,), pod_subnet=IPv4Network((int(IPv4Address("10.242.0.0")), prefix)))
    fits = plan.pod_addresses <= 2 ** (32 - prefix) - RESERVED_IN_SUBNET
    assert ("pod_subnet" not in subjects(plan)) == fits


@given(pool=node_pools)
def test_demand_grows_with_every_node_and_every_pod(pool: NodePool) -> None:
    assume(pool.node_count < 1000 and pool.max_pods < 250)
    demand = AddressPlan(node_pools=(pool,)).pod_addresses
    assert AddressPlan(node_pools=(replace(pool, node_count=pool.node_count + 1),)).pod_addresses > demand
    assert AddressPlan(node_pools=(replace(pool, max_pods=pool.max_pods + 1),)).pod_addresses >= demand


def test_surge_and_autoscaling_count() -> None:
    pool = NodePool(name="apps", vm_size="Standard_D4ds_v5", node_count=2, node_count_max=20, max_surge="33%")
    plan = AddressPlan(node_pools=(pool,))
    assert plan.node_addresses == 20 + 7
    assert plan.pod_addresses == (20 + 7) * 128


@given(
    network=st.integers(8, 28).flatmap(
        lambda prefix: st.integers(0, 2**prefix - 1).map(lambda bits: IPv4Network((bits << (32 - prefix), prefix)))
    ),
    subnet=st.integers(16, 29).flatmap(
        lambda prefix: st.integers(0, 2**prefix - 1).map(lambda bits: IPv4Network((bits << (32 - prefix), prefix)))
    ),
)
def test_a_subnet_is_refused_exactly_when_the_network_does_not_contain_it(
    network: IPv4Network, subnet: IPv4Network
) -> None:
    messages = [problem.message for problem in AddressPlan(network=network, node_subnet=subnet).problems()]
    inside = network[0] <= subnet[0] and subnet[-1] <= network[-1]
    assert any("not inside" in message for message in messages) == (not inside)


@pytest.mark.parametrize("reserved", ["169.254.0.0/16", "172.30.0.0/16", "172.31.0.0/16", "192.0.2.0/24"])
@pytest.mark.parametrize("part", ["network", "node_subnet", "pod_subnet", "service_range"])
def test_no_range_may_touch_what_aks_reserves(part: str, reserved: str) -> None:
    inside = next(IPv4Network(reserved).subnets(new_prefix=26))
    plan = replace(AddressPlan(), **{part: inside})
    assert [reserved in problem.message for problem in plan.problems()] == [True]


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"pod_subnet": IPv4Network("10.243.0.0/17")}, ["pod_subnet"]),
        (
            {"service_range": IPv4Network("10.241.0.0/16"), "dns_service_ip": IPv4Address("10.241.0.10")},
            ["service_range"],
        ),
        ({"node_subnet": IPv4Network("10.1.0.0/16")}, ["node_subnet"]),
        ({"pod_subnet": IPv4Network("10.240.0.0/15")}, ["pod_subnet"]),
        ({"network": IPv4Network("10.0.0.0/7")}, ["network"]),
        ({"service_range": IPv4Network("192.160.0.0/12"), "dns_service_ip": None}, ["service_range"]),
        ({"dns_service_ip": IPv4Address("172.17.0.10")}, ["dns_service_ip"]),
        ({"dns_service_ip": IPv4Address("172.16.0.0")}, ["dns_service_ip"]),
        ({"dns_service_ip": IPv4Address("172.16.0.1")}, ["dns_service_ip"]),
        ({"dns_service_ip": IPv4Address("172.16.255.255")}, ["dns_service_ip"]),
        ({"node_subnet": IPv4Network("10.243.0.0/30")}, ["node_subnet", "node_subnet"]),
        ({"node_subnet": IPv4Network("10.243.0.0/29")}, ["node_subnet"]),
    ],
)
def test_each_mistake_is_found_at_its_part(change: dict[str, object], wrong: list[str]) -> None:
    assert subjects(replace(PLAN, **change)) == wrong  # type: ignore[arg-type]


def test_the_first_dns_address_that_is_not_the_api_servers_is_fine() -> None:
    assert replace(PLAN, dns_service_ip=IPv4Address("172.16.0.2")).problems() == []


@given(prefix=st.integers(13, 29))
def test_the_usual_dns_address_is_always_allowed(prefix: int) -> None:
    service_range = IPv4Network((int(IPv4Address("10.0.0.0")), prefix))
    assert AddressPlan(service_range=service_range, dns_service_ip=usual_dns_ip(service_range)).problems() == []


def test_all_problems_are_found_at_once() -> None:
    plan = replace(
        PLAN,
        node_subnet=IPv4Network("10.1.0.0/28"),
        service_range=IPv4Network("172.30.0.0/16"),
        node_pools=(replace(POOL, node_count=100),),
    )
    assert sorted(set(subjects(plan))) == ["dns_service_ip", "node_subnet", "service_range"]


def test_what_is_not_known_is_not_checked() -> None:
    assert AddressPlan(pod_subnet=IPv4Network("10.242.0.0/29")).problems() == []


def test_check_names_every_problem() -> None:
    with pytest.raises(ValueError, match=r"node_subnet: .* not inside .*; pod_subnet: .* not inside"):
        replace(PLAN, network=IPv4Network("10.0.0.0/16")).check()


def test_a_pod_subnet_without_room_for_a_rotation_is_a_warning() -> None:
    full = replace(PLAN, pod_subnet=IPv4Network("10.242.0.0/21"), node_pools=(replace(POOL, node_count=5),))
    assert full.problems() == []
    assert [warning.subject for warning in full.warnings()] == ["pod_subnet"]
    assert "use /20 or larger" in full.warnings()[0].message


def test_a_node_subnet_without_room_for_a_rotation_is_a_warning() -> None:
    full = replace(PLAN, node_subnet=IPv4Network("10.243.0.0/28"), node_pools=(replace(POOL, node_count=9),))
    assert full.problems() == []
    assert [warning.subject for warning in full.warnings()] == ["node_subnet"]
