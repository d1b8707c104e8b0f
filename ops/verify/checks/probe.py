"""The objects of the policy check: a namespace, two pods and a policy between them."""

from typing import Any

ADMITTED, DENIED = 8080, 8081
LIFE_TIME = 600
"""Seconds after which the pods end even if nobody is left to remove them."""


def namespace(name: str) -> dict[str, Any]:
    """Holds everything else, so that removing it removes all."""
    return _object("v1", "Namespace", name)


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


def server(image: str) -> dict[str, Any]:
    """A pod that listens on both ports."""
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


def client(image: str, server: str) -> dict[str, Any]:
    """A pod that says, round after round, which of the server's ports it can connect to."""
    script = (
        f"for round in $(seq {LIFE_TIME}); do for port in {ADMITTED} {DENIED}; do"
        f" if /agnhost connect --timeout=1s {server}:$port; then echo $round $port open;"
        " else echo $round $port closed; fi; done; sleep 1; done"
    )
    return _pod("client", [{"name": "client", "image": image, "command": ["sh", "-c", script]}])


def policy() -> dict[str, Any]:
    """Admits the client to one port of the server, and nobody to the other."""
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
