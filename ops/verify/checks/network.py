"""Both subnets are there as planned, delegated as AKS needs, and every pool uses them."""

from ops.verify.answers import NotFound
from ops.verify.arm import AKS_SERVICE, Network, NodePool, name_of, same_id
from ops.verify.checks.base import Check, Evidence, failed, held, noted, warned
from ops.verify.deployed import Planned
from ops.verify.facts import Facts


def _run(facts: Facts) -> Evidence:
    planned = facts.access.deployed().planned
    cluster = facts.cluster()
    node_subnets = {p.vnet_subnet_id.lower(): p.vnet_subnet_id for p in cluster.pools if p.vnet_subnet_id}
    pod_subnets = {p.pod_subnet_id.lower(): p.pod_subnet_id for p in cluster.pools if p.pod_subnet_id}
    if planned:
        node_subnets[planned.node_subnet.id.lower()] = planned.node_subnet.id
        pod_subnets[planned.pod_subnet.id.lower()] = planned.pod_subnet.id
    ranges = {s.id.lower(): s.range for s in (planned.node_subnet, planned.pod_subnet)} if planned else {}
    for key, subnet_id in node_subnets.items():
        yield from _judge_subnet(facts, subnet_id, range_=ranges.get(key), pods=False)
    for key, subnet_id in pod_subnets.items():
        yield from _judge_subnet(facts, subnet_id, range_=ranges.get(key), pods=True)
    for pool in cluster.pools:
        yield from _judge_pool(pool, planned)


def _judge_subnet(facts: Facts, subnet_id: str, *, range_: Network | None, pods: bool) -> Evidence:
    name = f"{'pod' if pods else 'node'} subnet {name_of(subnet_id)}"
    try:
        subnet = facts.subnet(subnet_id)
    except NotFound:
        yield failed(f"{name} does not exist: run `make deploy`")
        return
    ranges = " and ".join(map(str, subnet.ranges))
    if range_ and subnet.ranges != (range_,):
        yield failed(f"{name} is {ranges}, planned was {range_}")
    else:
        yield held(f"{name} is {ranges}{', as planned' if range_ else ''}")
    delegated = [service.lower() for service in subnet.delegated_to]
    if pods and AKS_SERVICE.lower() not in delegated:
        yield failed(f"{name} is not delegated to {AKS_SERVICE}: AKS can add no more nodes; run `make deploy`")
    elif pods:
        yield held(f"{name} is delegated to {AKS_SERVICE}")
    elif delegated:
        yield failed(f"{name} is delegated to {', '.join(subnet.delegated_to)}: nodes cannot join it")
    else:
        yield held(f"{name} is not delegated")
    group = subnet.properties.network_security_group
    if group:
        yield held(f"{name} has security group {name_of(group.id)}")
    elif range_:
        yield failed(f"{name} has no security group: run `make deploy`")
    else:
        yield warned(f"{name} has no security group")


def _judge_pool(pool: NodePool, planned: Planned | None) -> Evidence:
    name = f"pool {pool.name}"
    if not pool.pod_subnet_id:
        yield failed(f"{name} has no pod subnet: its pods take their addresses from somewhere else")
        return
    if same_id(pool.pod_subnet_id, pool.vnet_subnet_id):
        yield failed(f"{name} has nodes and pods in one subnet, {name_of(pool.pod_subnet_id)}")
        return
    if not planned:
        yield noted(
            f"{name} has its nodes in {name_of(pool.vnet_subnet_id)}, its pods in {name_of(pool.pod_subnet_id)}"
        )
        return
    for what, actual, wanted in (
        ("nodes", pool.vnet_subnet_id, planned.node_subnet.id),
        ("pods", pool.pod_subnet_id, planned.pod_subnet.id),
    ):
        if same_id(actual, wanted):
            yield held(f"{name} has its {what} in {name_of(wanted)}")
        else:
            yield failed(f"{name} has its {what} in {name_of(actual)}, not in {name_of(wanted)} ({wanted})")


CHECK = Check(
    name="network",
    asserts="both subnets are as planned, only the pod subnet delegated, and every pool uses them",
    run=_run,
)
