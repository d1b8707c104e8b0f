"""The demo answers, from more than one node."""

from collections import Counter

from ops.verify.answers import NotFound, Unanswered
from ops.verify.checks.base import (
    Check,
    Evidence,
    NothingToCheckError,
    failed,
    held,
    noted,
    warned,
)
from ops.verify.facts import Facts
from ops.verify.kinds import Deployment, Pod, is_true

NAMESPACE, NAME, PORT = "hello", "hello-kubernetes", 80
UNDECIDED = (None, 401, 403, 429)
"""Failures that are the API server's, and say nothing of the service behind it."""


def _run(facts: Facts) -> Evidence:
    planned = facts.access.deployed().planned
    if not planned or not planned.demo:
        raise NothingToCheckError("no demo was deployed" if planned else "this app did not deploy the cluster")
    kubernetes = facts.access.kubernetes()
    try:
        deployment = kubernetes.read(f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments/{NAME}", Deployment)
    except NotFound:
        yield failed(f"there is no deployment {NAME} in namespace {NAMESPACE}: run `make deploy`")
        return
    wanted, available = deployment.spec.replicas, deployment.status.available_replicas
    yield (held if available == wanted else failed)(f"{available} of {wanted} replicas are available")
    labels = deployment.spec.selector.match_labels or {}
    selector = ",".join(f"{key}={value}" for key, value in sorted(labels.items()))
    pods = kubernetes.list(f"/api/v1/namespaces/{NAMESPACE}/pods", Pod, selector=selector)
    ready = [p for p in pods if is_true(p.status.conditions, "Ready") and not p.metadata.deletion_timestamp]
    yield from _spread(facts, ready)
    yield from _answers(facts, [pod.metadata.name for pod in ready])


def _spread(facts: Facts, pods: list[Pod]) -> Evidence:
    nodes = Counter(pod.spec.node_name or "" for pod in pods)
    inventory = facts.inventory()
    possible = min(len(pods), len(inventory.linux))
    names = ", ".join(f"{node} ({count})" for node, count in sorted(nodes.items()))
    if len(nodes) == 1 and possible > 1:
        yield failed(f"all {len(pods)} replicas are on one node of {len(inventory.linux)}: {names}")
    elif len(nodes) < possible:
        yield warned(f"replicas share nodes although there are {len(inventory.linux)}: {names}")
    elif pods:
        yield held(f"replicas are spread over {len(nodes)} nodes: {names}")
    zones = {inventory.nodes[node].zone for node in nodes if node in inventory.nodes} - {""}
    if zones:
        yield noted(f"in zones {', '.join(sorted(zones))}")


def _answers(facts: Facts, pods: list[str]) -> Evidence:
    path = f"/api/v1/namespaces/{NAMESPACE}/services/http:{NAME}:{PORT}/proxy/"
    try:
        page = facts.access.kubernetes().text(path)
    except Unanswered as reason:
        if reason.status in UNDECIDED:
            raise
        yield failed(f"the service does not answer: {reason}")
        return
    answering = next((pod for pod in pods if pod in page), None)
    if answering:
        yield held(f"the service answers through the API server with the page of pod {answering}")
    else:
        yield failed("the service answers, but its page names none of the demo's pods")


CHECK = Check(
    name="demo",
    asserts="hello-kubernetes is available, spread over nodes, and answers with a pod's name",
    run=_run,
)
