"""Every check, in the order of the report: what the cluster stands on first."""

from ops.verify.checks import (
    addresses,
    components,
    demo,
    feature,
    headroom,
    network,
    policy,
    roles,
)
from ops.verify.checks.base import Check

CHECKS: tuple[Check, ...] = (
    roles.CHECK,
    feature.CHECK,
    network.CHECK,
    components.CHECK,
    addresses.CHECK,
    headroom.CHECK,
    policy.CHECK,
    demo.CHECK,
)
