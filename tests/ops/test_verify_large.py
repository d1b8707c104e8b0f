"""What a large cluster costs. docs/performance.md has the numbers; here only what must not change with the machine."""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass

from tests.ops.cluster_fixture import REALISTIC_PADDING, ClusterFixture
from tests.ops.conftest import ROOT, Verify

CHECKS = "addresses,components,headroom"


@dataclass(frozen=True)
class Cost:
    """What a run cost."""

    seconds: float
    megabytes: float
    said: str


def cost(verify: Verify, *, nodes: int, pods: int) -> Cost:
    """Runs verify on a cluster of this size; three pods on each node are its daemonsets'."""
    cluster = ClusterFixture(nodes=nodes, pods_per_node=pods // nodes - 3)
    cluster.padding = REALISTIC_PADDING
    verify.deployed(cluster)
    started = time.monotonic()
    process = subprocess.Popen(
        verify.command("--json", "--only", CHECKS),
        cwd=ROOT,
        env=verify.environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    printed = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, printed
    checks = {check["name"]: check for check in json.loads(printed)["checks"]}
    said = " ".join(finding["message"] for finding in checks["addresses"]["findings"])
    kilobyte = 1024 if sys.platform == "darwin" else 1
    return Cost(time.monotonic() - started, used.ru_maxrss / 1024 / kilobyte, said)


def test_a_large_cluster_is_verified_in_memory_that_its_pods_do_not_fill(verify: Verify) -> None:
    small = cost(verify, nodes=500, pods=5_000)
    more_pods = cost(verify, nodes=500, pods=50_000)
    more_nodes = cost(verify, nodes=5_000, pods=50_000)
    for name, run in {"500/5,000": small, "500/50,000": more_pods, "5,000/50,000": more_nodes}.items():
        print(f"{name} nodes/pods: {run.seconds:.1f} s, {run.megabytes:.0f} MB")
    assert "all 48,503 other pods" in more_pods.said
    assert "all 15,000 host-network pods" in more_nodes.said
    assert "all 35,003 other pods" in more_nodes.said
    assert more_pods.megabytes < 1.15 * small.megabytes
    assert more_nodes.megabytes < 1.5 * small.megabytes
    assert max(more_pods.seconds, more_nodes.seconds) < 15 * small.seconds
