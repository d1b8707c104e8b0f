"""What the checks may ask about one cluster; each question is put once, however many checks ask it."""

from collections.abc import Callable
from typing import Generic, TypeVar

from ops.verify import census, deployed
from ops.verify.answers import Unanswered
from ops.verify.arm import Credentials, ManagedCluster, Subnet
from ops.verify.azure import Azure
from ops.verify.inventory import Inventory
from ops.verify.kubeconfig import as_kubeconfig
from ops.verify.kubernetes import Kubernetes
from ops.verify.options import Options
from ops.verify.progress import Progress
from ops.verify.subnets import PoolSubnets, Subnets

AKS_VERSION = "2024-10-01"
NETWORK_VERSION = "2024-05-01"

T = TypeVar("T")


class Once(Generic[T]):
    """A question that keeps its answer, or the reason why there is none."""

    def __init__(self, ask: Callable[[], T]) -> None:
        self._ask = ask
        self._answer: T | Unanswered | None = None

    def __call__(self) -> T:
        """Asks, the first time.

        Raises:
            Unanswered: the same, every time.
        """
        if self._answer is None:
            try:
                self._answer = self._ask()
            except Unanswered as reason:
                self._answer = reason
        if isinstance(self._answer, Unanswered):
            raise self._answer
        return self._answer

    def forget_failure(self) -> None:
        """Lets the question be put again if it got no answer."""
        if isinstance(self._answer, Unanswered):
            self._answer = None

    @property
    def failed(self) -> bool:
        """Whether it was asked for and not given."""
        return isinstance(self._answer, Unanswered)

    @property
    def answer(self) -> T | None:
        """The answer, if it was ever asked for and given."""
        return None if isinstance(self._answer, Unanswered) else self._answer


class Access:
    """The connections of a run, opened when a check first needs them.

    Attributes:
        deployed: what was deployed.
        azure: Azure Resource Manager.
        kubernetes: the cluster's API server.
    """

    def __init__(self, options: Options, progress: Progress) -> None:
        self.options = options
        self.progress = progress
        self.deployed = Once(lambda: deployed.find(options))
        self.azure = Once(lambda: Azure(options.endpoint, token=options.token))
        self.kubernetes = Once(self._kubernetes)

    def try_again(self) -> None:
        """Lets what could not be opened be tried again."""
        self.azure.forget_failure()
        self.kubernetes.forget_failure()

    def _kubernetes(self) -> Kubernetes:
        options = self.options
        if options.kubeconfig:
            return Kubernetes(options.kubeconfig, context=options.context)
        found = self.deployed()
        if found.planned:
            return Kubernetes(found.planned.kubeconfig, context=options.context)
        # not the user's current context: it may well be another cluster's
        handed_out = self.azure().act(f"{found.cluster_id}/listClusterUserCredential", Credentials, version=AKS_VERSION)
        if not handed_out.kubeconfigs:
            raise Unanswered("Azure hands out no kubeconfig for this cluster: pass --kubeconfig")
        return Kubernetes(as_kubeconfig(handed_out.kubeconfigs[0].value), context=options.context)


class Facts:
    """The state of the cluster during one round of checks.

    Attributes:
        cluster: as Azure knows it.
        subnets: where addresses must come from.
        inventory: every node, with what runs there.
    """

    def __init__(self, access: Access) -> None:
        self.access = access
        self.cluster = Once(self._cluster)
        self.subnets = Once(self._subnets)
        self.inventory = Once(self._inventory)
        self._asked_subnets: dict[str, Once[Subnet]] = {}

    def subnet(self, subnet_id: str) -> Subnet:
        """One subnet, as Azure knows it."""
        azure = self.access.azure
        ask = self._asked_subnets.setdefault(
            subnet_id.lower(),
            Once(lambda: azure().read(subnet_id, Subnet, version=NETWORK_VERSION)),
        )
        return ask()

    def _cluster(self) -> ManagedCluster:
        cluster_id = self.access.deployed().cluster_id
        return self.access.azure().read(cluster_id, ManagedCluster, version=AKS_VERSION)

    def _subnets(self) -> Subnets:
        planned = self.access.deployed().planned
        try:
            pools = {
                pool.name: PoolSubnets(
                    node=self.subnet(pool.vnet_subnet_id).ranges if pool.vnet_subnet_id else (),
                    pod=self.subnet(pool.pod_subnet_id).ranges if pool.pod_subnet_id else (),
                )
                for pool in self.cluster().pools
            }
        except Unanswered as reason:
            if not planned:
                raise
            ranges = PoolSubnets(node=(planned.node_subnet.range,), pod=(planned.pod_subnet.range,))
            return Subnets(pools={}, anywhere=ranges, source=f"the stacks' outputs, since {reason}")
        anywhere = PoolSubnets(
            node=tuple({range_ for pool in pools.values() for range_ in pool.node}),
            pod=tuple({range_ for pool in pools.values() for range_ in pool.pod}),
        )
        return Subnets(pools=pools, anywhere=anywhere, source="the node pools in Azure")

    def _inventory(self) -> Inventory:
        try:
            subnets = self.subnets()
        except Unanswered:
            # what runs where can be told without knowing which address belongs where
            subnets = None
        return census.take(self.access.kubernetes(), subnets, self.access.progress)
