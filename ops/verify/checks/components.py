"""What the network is made of runs on every Linux node.

Names: https://learn.microsoft.com/azure/aks/configure-azure-cni-dynamic-ip-allocation and, for Calico,
https://learn.microsoft.com/azure/aks/use-network-policies.
"""

from ops.verify.answers import NotFound, Unanswered
from ops.verify.checks.base import Check, Evidence, failed, held, not_checked, noted
from ops.verify.examples import Examples
from ops.verify.facts import Facts
from ops.verify.inventory import Inventory
from ops.verify.kinds import Deployment
from ops.verify.report import Finding

ENGINES = {"calico": "calico-node", "azure": "azure-npm", "cilium": "cilium"}
"""The daemonset of each NetworkPolicy engine."""


def _run(facts: Facts) -> Evidence:
    inventory = facts.inventory()
    if not inventory.linux:
        yield failed("there is no Linux node: nothing can run")
        return
    unready = Examples.of(node.name for node in inventory.linux if not node.ready)
    if unready.count:
        yield failed(f"{unready.count} of {len(inventory.linux):,} Linux nodes are not ready: {unready}")
    engine, evidence = _engine(facts, inventory)
    yield evidence
    wanted = {"azure-cns"}
    if engine:
        wanted.add(ENGINES[engine])
    if engine != "cilium":
        # Cilium's data plane does kube-proxy's work
        wanted.add("kube-proxy")
    for name in sorted(wanted | (inventory.daemons_seen & {"azure-ip-masq-agent"})):
        yield from _on_every_node(name, inventory)
    yield from _available(facts, "kube-system", "coredns", required=True)
    if engine == "calico":
        yield from _available(facts, "tigera-operator", "tigera-operator", required=False)
    others = [n for n in inventory.nodes.values() if n.listed and (n.windows or n.virtual)]
    if others:
        yield noted(f"{len(others)} Windows or virtual nodes are left out: these components are Linux ones")


def _engine(facts: Facts, inventory: Inventory) -> tuple[str, Finding]:
    """The engine that was asked for or, if Azure does not say, the one that is there."""
    running = [engine for engine, daemon in ENGINES.items() if daemon in inventory.daemons_seen]
    try:
        profile = facts.cluster().properties.network_profile
    except Unanswered as reason:
        if running:
            return running[0], noted(f"NetworkPolicy engine {running[0]}, as found in the cluster")
        return "", not_checked(f"no NetworkPolicy engine runs; whether one was asked for: {reason}")
    # Cilium's data plane enforces whatever the policy is called; the other one is called azure, as a policy engine is
    dataplane, policy = ((value or "").lower() for value in (profile.network_dataplane, profile.network_policy))
    engine = dataplane if dataplane == "cilium" else policy
    if engine in ENGINES:
        return engine, noted(f"NetworkPolicy engine {engine}, as the cluster was asked for")
    return "", noted("the cluster was asked for no NetworkPolicy engine")


def _on_every_node(name: str, inventory: Inventory) -> Evidence:
    lacking = Examples.of(node.name for node in inventory.linux if name not in node.daemons)
    total = len(inventory.linux)
    if not lacking.count:
        yield held(f"{name} is ready on all {total:,} Linux nodes")
    elif name not in inventory.daemons_seen:
        yield failed(f"{name} is missing: no node has a pod of it")
    else:
        yield failed(f"{name} is not ready on {lacking.count:,} of {total:,} Linux nodes: {lacking}")


def _available(facts: Facts, namespace: str, name: str, *, required: bool) -> Evidence:
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments/{name}"
    try:
        deployment = facts.access.kubernetes().read(path, Deployment)
    except NotFound:
        if required:
            yield failed(f"{name} is missing from namespace {namespace}")
        return
    wanted, available = deployment.spec.replicas, deployment.status.available_replicas
    judge = held if available >= max(wanted, 1) else failed
    yield judge(f"{name} has {available} of {wanted} replicas available")


CHECK = Check(
    name="components",
    asserts="the network's components are ready on every Linux node, CoreDNS is available",
    run=_run,
)
