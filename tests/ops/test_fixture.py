"""The fake cluster is one that Kubernetes itself would recognise."""

import kubernetes_validate  # pyright: ignore[reportMissingTypeStubs]
import pytest

from tests.ops.cluster_fixture import REALISTIC_PADDING, ClusterFixture


@pytest.mark.parametrize("version", ["1.30", "1.37"])
def test_every_object_of_the_fixture_has_a_shape_that_kubernetes_has(version: str) -> None:
    cluster = ClusterFixture()
    cluster.padding = REALISTIC_PADDING
    for item in (*cluster.nodes, *cluster.all_pods(), *cluster.deployments):
        kubernetes_validate.validate(item.as_kubernetes(), version, strict=True)
