"""The preview feature that pod subnets once needed, for information."""

from ops.verify.answers import NotFound
from ops.verify.arm import Feature
from ops.verify.checks.base import Check, Evidence, noted
from ops.verify.facts import Facts

FEATURE = "PodSubnetPreview"


def _run(facts: Facts) -> Evidence:
    path = (
        f"/subscriptions/{facts.access.deployed().subscription}/providers/Microsoft.Features"
        f"/providers/Microsoft.ContainerService/features/{FEATURE}"
    )
    try:
        feature = facts.access.azure().read(path, Feature, version="2021-07-01")
    except NotFound:
        yield noted(f"{FEATURE} is not known here any more: pod subnets are generally available")
        return
    yield noted(f"{FEATURE} is {feature.properties.state}; pod subnets are generally available and do not need it")


CHECK = Check(name="feature", asserts=f"for information: the state of {FEATURE}", run=_run)
