"""A NetworkPolicy engine enforces: seen by trying, since a policy object proves nothing.

Two pods in a namespace of their own. The server listens on two ports, the client tries both, over and over. First
both must be open, or a closed port would prove nothing; then a policy admits one of them, and the other must close.
"""

import secrets
import time
from collections.abc import Callable
from typing import Any, TypeVar

from ops.verify.answers import Unanswered
from ops.verify.checks.base import Check, Evidence, failed, held
from ops.verify.facts import Facts
from ops.verify.kinds import Pod
from ops.verify.kubernetes import Kubernetes
from ops.verify.progress import Progress

T = TypeVar("T")

ADMITTED, DENIED = 8080, 8081
START_TIME = 180
"""Seconds for a pod to start, its image to be pulled included."""
ENFORCE_TIME = 60
"""Seconds for the engine to take up a policy."""
LIFE_TIME = 600
"""Seconds after which the pods end even if nobody is left to remove them."""
BETWEEN_LOOKS = 1
BOTH_OPEN = {ADMITTED: "open", DENIED: "open"}
AS_POLICY_SAYS = {ADMITTED: "open", DENIED: "closed"}


def _run(facts: Facts) -> Evidence:
    kubernetes, progress = facts.access.kubernetes(), facts.access.progress
    name = f"verify-policy-{secrets.token_hex(4)}"
    namespace = f"/api/v1/namespaces/{name}"
    try:
        kubernetes.create("/api/v1/namespaces", _object("v1", "Namespace", name))
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
    kubernetes.create(pods, _server(image))
    progress.say("waiting for the probe's server pod")
    address = _poll(lambda: _address(kubernetes, f"{pods}/server"), bool, START_TIME)
    if not address:
        raise Unanswered(f"the probe's server pod did not start in {START_TIME} s{_why(kubernetes, f'{pods}/server')}")
    kubernetes.create(pods, _client(image, address))
    progress.say("waiting for the probe's client pod")
    before = _poll(lambda: _seen(kubernetes, pods), BOTH_OPEN.__eq__, START_TIME)
    if before != BOTH_OPEN:
        raise Unanswered(
            f"the probe's pods do not reach each other even without a policy: {_in_words(before)}"
            f"{_why(kubernetes, f'{pods}/client')}"
        )
    kubernetes.create(policies, _policy())
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


def _object(api_version: str, kind: str, name: str, **rest: Any) -> dict[str, Any]:
    labels = {"app.kubernetes.io/managed-by": "verify", "app": name}
    return {
        "apiVersion": api_version,
        "kind": kind,
        "metadata": {"name": name, "labels": labels},
        **rest,
    }


def _pod(name: str, containers: list[dict[str, Any]]) -> dict[str, Any]:
    locked_down = {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "runAsNonRoot": True,
        "runAsUser": 65532,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    resources = {
        "requests": {"cpu": "10m", "memory": "16Mi"},
        "limits": {"cpu": "100m", "memory": "64Mi"},
    }
    spec = {
        "restartPolicy": "Never",
        "activeDeadlineSeconds": LIFE_TIME,
        "automountServiceAccountToken": False,
        "nodeSelector": {"kubernetes.io/os": "linux"},
        "terminationGracePeriodSeconds": 0,
        "containers": [{**c, "securityContext": locked_down, "resources": resources} for c in containers],
    }
    return _object("v1", "Pod", name, spec=spec)


def _server(image: str) -> dict[str, Any]:
    return _pod(
        "server",
        [
            {
                "name": f"port-{port}",
                "image": image,
                "args": ["netexec", f"--http-port={port}", "--udp-port=-1"],
                "ports": [{"containerPort": port}],
            }
            for port in (ADMITTED, DENIED)
        ],
    )


def _client(image: str, server: str) -> dict[str, Any]:
    script = (
        f"for round in $(seq {LIFE_TIME}); do for port in {ADMITTED} {DENIED}; do"
        f" if /agnhost connect --timeout=1s {server}:$port; then echo $round $port open;"
        " else echo $round $port closed; fi; done; sleep 1; done"
    )
    return _pod("client", [{"name": "client", "image": image, "command": ["sh", "-c", script]}])


def _policy() -> dict[str, Any]:
    return _object(
        "networking.k8s.io/v1",
        "NetworkPolicy",
        "probe",
        spec={
            "podSelector": {"matchLabels": {"app": "server"}},
            "policyTypes": ["Ingress"],
            "ingress": [
                {
                    "from": [{"podSelector": {"matchLabels": {"app": "client"}}}],
                    "ports": [{"protocol": "TCP", "port": ADMITTED}],
                }
            ],
        },
    )


CHECK = Check(
    name="policy",
    asserts="NetworkPolicy is enforced: an admitted connection works, a denied one does not (--probe-policy)",
    run=_run,
)
