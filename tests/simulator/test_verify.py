"""The verify that people run after a deployment, on what real Terraform made in the simulated cloud."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from simulator.cloud import World
from simulator.commands import Finished
from simulator.inside import look_inside
from simulator.rehearse import NotProvedError, verified
from simulator.sandbox import Sandbox
from simulator.serving import serve, variables
from tests.simulator.driving import CLUSTER, RELEASE, SUBNET, apply, only, planned

pytestmark = pytest.mark.rehearsal

NODE_SUBNET, POD_SUBNET = ip_network("10.243.0.0/16"), ip_network("10.242.0.0/16")


@pytest.fixture
def served(synthesized: Sandbox) -> Iterator[Sandbox]:
    """Both stacks deployed, in a cloud whose APIs answer."""
    home = synthesized.cloud.path.parent
    with serve(synthesized.cloud, home) as access:
        box = replace(synthesized, environment={**synthesized.environment, **variables(access, home)})
        for stack in ("network", "aks"):
            apply(box, stack).expect(0)
        yield box


def report(finished: Finished) -> dict[str, dict[str, Any]]:
    """Checks of a JSON report, by name; what verify says on the way comes before it."""
    document = finished.output[finished.output.index("{\n") :]
    return {check["name"]: check for check in json.loads(document)["checks"]}


def failures(finished: Finished) -> dict[str, str]:
    """What fell short, in words, by the name of the check."""
    return {
        name: "; ".join(f["message"] for f in check["findings"] if f["level"] == "failed")
        for name, check in report(finished).items()
        if check["status"] not in ("held", "skipped")
    }


def demo_pod(world: World) -> str:
    (cluster,) = look_inside(world).values()
    return next(f"{pod.namespace}/{pod.name}" for pod in cluster.pods if pod.namespace == "hello")


def test_what_was_deployed_holds_and_its_addresses_are_out_of_the_subnets_that_terraform_made(served: Sandbox) -> None:
    checks = report(served.verify("--json").expect(0))
    assert {name for name, check in checks.items() if check["status"] == "skipped"} == {"policy"}
    rows = checks["addresses"]["table"]["rows"]
    assert len(rows) == 3
    assert all(ip_address(row[2]) in NODE_SUBNET for row in rows)
    (cluster,) = look_inside(served.cloud.read()).values()
    own = [pod for pod in cluster.pods if not pod.host_network]
    assert {pod.namespace for pod in own} == {"kube-system", "hello"}
    assert all(ip_address(pod.addresses[0]) in POD_SUBNET for pod in own)
    assert verified(served).startswith("7 held, 1 skipped; a rehearsal")


def test_a_pod_moved_to_the_node_subnet_is_named_with_both_subnets(served: Sandbox) -> None:
    with served.cloud.change() as world:
        pod = demo_pod(world)
        world.moved[pod] = "10.243.0.77"

    finished = served.verify("--json").expect(1)
    fell_short = failures(finished)
    assert fell_short.keys() == {"addresses"}
    assert re.search(
        rf"1 of 5 pods .* {pod} on aks-system-\d+-vmss\d+ has 10\.243\.0\.77 \(in the node subnet\), "
        r"the pod subnet of pool system is 10\.242\.0\.0/16",
        fell_short["addresses"],
    )
    with pytest.raises(NotProvedError, match=rf"^1 fell short, 6 held.*\n✗ .*{pod}"):
        verified(served)
    assert planned(served, "aks") == {}, "nothing that Terraform looks at has changed"


def test_a_delegation_removed_by_hand_falls_short_in_the_network(served: Sandbox) -> None:
    with served.cloud.change() as world:
        (subnet,) = (each for each in world.of_type(SUBNET) if each.attributes["delegation"])
        subnet.attributes["delegation"] = []

    fell_short = failures(served.verify("--json").expect(1))
    assert fell_short.keys() == {"network"}
    assert "pod subnet pods is not delegated" in fell_short["network"]


Change = Callable[[World], None]


def lose_roles(world: World) -> None:
    for each in world.of_type("azurerm_role_assignment"):
        del world.resources[each.id.lower()]


def lose_release(world: World) -> None:
    for each in world.of_type(RELEASE):
        del world.resources[each.id.lower()]


def lose_security_groups(world: World) -> None:
    for key in [key for key in world.resources if key.endswith("_network_security_group_association")]:
        del world.resources[key]


DRIFT: dict[str, Change] = {"roles": lose_roles, "demo": lose_release, "network": lose_security_groups}


def test_whatever_else_goes_missing_falls_short_in_the_check_it_belongs_to(served: Sandbox) -> None:
    whole = served.cloud.path.read_text()
    for check, change in DRIFT.items():
        with served.cloud.change() as world:
            change(world)
        assert failures(served.verify("--json").expect(1)).keys() == {check}
        served.cloud.path.write_text(whole)
    served.verify().expect(0)


def test_a_stranger_is_not_let_in(served: Sandbox) -> None:
    stranger = replace(served, environment={**served.environment, "VERIFY_AZURE_TOKEN": "somebody-else-s"})
    checks = report(stranger.verify("--json", "--only", "network").expect(2))
    assert "answered 401" in str(checks["network"]["findings"])


def test_a_cluster_that_is_gone_is_not_reached(served: Sandbox) -> None:
    with served.cloud.change() as world:
        del world.resources[only(served, CLUSTER).id.lower()]
    checks = report(served.verify("--json", "--only", "components").expect(2))
    assert "there is no cluster here" in str(checks["components"]["findings"])


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed")
def test_kubectl_lists_nodes_and_pods_with_their_addresses(served: Sandbox) -> None:
    config = served.cloud.path.with_name("kubeconfig")
    config.write_text(served.terraform("aks", "output", "-raw", "kube_config").expect(0).output)
    listed = subprocess.run(
        ["kubectl", "--kubeconfig", str(config), "get", "nodes,pods", "-A", "-o", "wide"],
        env={**served.environment, "HOME": os.fspath(config.parent)},  # where it keeps what it discovers
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert listed.returncode == 0, listed.stderr
    assert re.search(r"node/aks-system-\d+-vmss000000 +Ready +<none> .* 10\.243\.0\.4", listed.stdout)
    assert re.search(r"hello +pod/hello-kubernetes-\w+-\w+ +1/1 +Running .* 10\.242\.0\.\d+ +aks-system", listed.stdout)
