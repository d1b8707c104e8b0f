"""A NetworkPolicy engine enforces: seen by trying, since a policy object proves nothing.

Two pods in a namespace of their own. The server listens on two ports, the client tries both, over and over. First
both must be open, or a closed port would prove nothing; then a policy admits one of them, and the other must close.
"""

import secrets
import time
from collections.abc import Callable
from typing import TypeVar

from ops.verify.answers import Unanswered
from ops.verify.checks import probe
from ops.verify.checks.base import Check, Evidence, failed, held
from ops.verify.checks.probe import ADMITTED, DENIED
from ops.verify.facts import Facts
from ops.verify.kinds import Pod
from ops.verify.kubernetes import Kubernetes
from ops.verify.progress import Progress

T = TypeVar("T")

START_TIME = 180
"""Seconds for a pod to start, its image to be pulled included."""
ENFORCE_TIME = 60
"""Seconds for the engine to take up a policy."""
BETWEEN_LOOKS = 1
BOTH_OPEN = {ADMITTED: "open", DENIED: "open"}
AS_POLICY_SAYS = {ADMITTED: "open", DENIED: "closed"}


def _run(facts: Facts) -> Evidence:
    kubernetes, progress = facts.access.kubernetes(), facts.access.progress
    name = f"verify-policy-{secrets.token_hex(4)}"
    namespace = f"/api/v1/namespaces/{name}"
    try:
        kubernetes.create("/api/v1/namespaces", probe.namespace(name))
        yield from _probe(kubernetes, progress, name, facts.access.options.probe_image)
    finally:
        # on Ctrl-C too: nothing of the probe may stay behind
        progress.say(f"removing namespace {name}")
        try:
            kubernetes.delete(namespace)
        except Unanswered as reason:
            progress.say(
                f"could not remove namespace {name}: {reason}; remove it with kubectl",
                important=True,
            )


def _probe(kubernetes: Kubernetes, progress: Progress, namespace: str, image: str) -> Evidence:
    pods = f"/api/v1/namespaces/{namespace}/pods"
    policies = f"/apis/networking.k8s.io/v1/namespaces/{namespace}/networkpolicies"
    kubernetes.create(pods, probe.server(image))
    progress.say("waiting for the probe's server pod")
    address = _poll(lambda: _address(kubernetes, f"{pods}/server"), bool, START_TIME)
    if not address:
        raise Unanswered(f"the probe's server pod did not start in {START_TIME} s{_why(kubernetes, f'{pods}/server')}")
    kubernetes.create(pods, probe.client(image, address))
    progress.say("waiting for the probe's client pod")
    before = _poll(lambda: _seen(kubernetes, pods), BOTH_OPEN.__eq__, START_TIME)
    if before != BOTH_OPEN:
        raise Unanswered(
            f"the probe's pods do not reach each other even without a policy: {_in_words(before)}"
            f"{_why(kubernetes, f'{pods}/client')}"
        )
    kubernetes.create(policies, probe.policy())
    progress.say("waiting for the policy to be enforced")
    after = _poll(lambda: _seen(kubernetes, pods), AS_POLICY_SAYS.__eq__, ENFORCE_TIME)
    if after == AS_POLICY_SAYS:
        yield held(f"before the policy both ports were open; with it port {ADMITTED} is open, port {DENIED} closed")
    elif after == BOTH_OPEN:
        yield failed(
            f"no engine enforces NetworkPolicy: port {DENIED} is still open {ENFORCE_TIME} s after a policy denied it"
        )
    else:
        yield failed(f"the policy admits port {ADMITTED} and denies port {DENIED}; seen: {_in_words(after)}")


def _poll(look: Callable[[], T], good: Callable[[T], bool], seconds: float) -> T:
    """Looks until what is seen is good, or time is up; returns what was seen last."""
    end = time.monotonic() + seconds
    while not good(seen := look()) and time.monotonic() < end:
        time.sleep(BETWEEN_LOOKS)
    return seen


def _address(kubernetes: Kubernetes, path: str) -> str:
    """The pod's address, once it runs."""
    pod = kubernetes.read(path, Pod)
    return (pod.status.pod_ip or "") if pod.status.phase == "Running" else ""


def _seen(kubernetes: Kubernetes, pods: str) -> dict[int, str]:
    """What the client said about each port in its last whole round; nothing before the first."""
    if not _address(kubernetes, f"{pods}/client"):
        return {}
    rounds: dict[str, dict[int, str]] = {}
    for line in kubernetes.text(f"{pods}/client/log").splitlines():
        match line.split():
            case [count, port, state] if port.isdecimal():
                rounds.setdefault(count, {})[int(port)] = state
            case _:
                pass
    whole = [ports for ports in rounds.values() if ports.keys() == BOTH_OPEN.keys()]
    return whole[-1] if whole else {}


def _in_words(ports: dict[int, str]) -> str:
    return ", ".join(f"port {port} {state}" for port, state in ports.items()) or "the client said nothing"


def _why(kubernetes: Kubernetes, path: str) -> str:
    """The pod's own reason for not being ready, if it has one."""
    try:
        conditions = kubernetes.read(path, Pod).status.conditions or ()
    except Unanswered as reason:
        return f": {reason}"
    return next((f": {c.message}" for c in conditions if c.status == "False" and c.message), "")


CHECK = Check(
    name="policy",
    asserts="NetworkPolicy is enforced: an admitted connection works, a denied one does not (--probe-policy)",
    run=_run,
)
