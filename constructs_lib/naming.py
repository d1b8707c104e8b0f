"""The names Azure accepts, so that a wrong one is refused before Azure is called.

Sources: "Naming rules and restrictions for Azure resources",
https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules, and for AKS "What
naming restrictions are enforced for AKS resources and parameters?",
https://learn.microsoft.com/troubleshoot/azure/azure-kubernetes/create-upgrade-delete/aks-common-issues-faq.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class NameRule:
    """What a kind of resource may be called.

    Attributes:
        kind: the resource, as a person says it ("virtual network").
        pattern: regular expression that the whole name matches.
        shortest: least number of characters.
        longest: greatest number of characters.
        words: the pattern in words, for the message.
    """

    kind: str
    pattern: str
    shortest: int
    longest: int
    words: str

    def check(self, name: str) -> str:
        """Return the name if Azure accepts it; one that Terraform knows only later passes.

        Raises:
            ValueError: the name is too short, too long or has a character Azure refuses.
        """
        fits = self.shortest <= len(name) <= self.longest and re.fullmatch(self.pattern, name)
        if fits or "${" in name:
            return name
        raise ValueError(
            f"{name!r} is not a valid {self.kind} name: use {self.shortest} to {self.longest} characters, {self.words}"
        )


RESOURCE_GROUP = NameRule(
    kind="resource group",
    pattern=r"[A-Za-z0-9_().-]*[A-Za-z0-9_()-]",
    shortest=1,
    longest=90,
    words="letters, digits, _ ( ) - and . but no . at the end",
)
VIRTUAL_NETWORK = NameRule(
    kind="virtual network",
    pattern=r"[A-Za-z0-9][A-Za-z0-9_.-]*[A-Za-z0-9_]",
    shortest=2,
    longest=64,
    words="letters, digits, _ - and . starting with a letter or digit and ending with one or with _",
)
SUBNET = NameRule(
    kind="subnet",
    pattern=r"[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9_])?",
    shortest=1,
    # Azure allows 80; the subnet's network security group, which has the same limit, adds "-nsg".
    longest=76,
    words="letters, digits, _ - and . starting with a letter or digit and ending with one or with _",
)
MANAGED_IDENTITY = NameRule(
    kind="managed identity",
    pattern=r"[A-Za-z0-9][A-Za-z0-9_-]*",
    shortest=3,
    longest=128,
    words="letters, digits, _ and - starting with a letter or digit",
)
AKS_CLUSTER = NameRule(
    kind="AKS cluster",
    pattern=r"[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?",
    shortest=1,
    longest=63,
    words="letters, digits, _ and - starting and ending with a letter or digit",
)
NODE_POOL = NameRule(
    kind="Linux node pool",
    pattern=r"[a-z][a-z0-9]*",
    shortest=1,
    longest=12,
    words="lower-case letters and digits, starting with a letter",
)
VM_SIZE = NameRule(
    kind="machine size",
    pattern=r"(Standard|Basic)_[A-Za-z0-9]+([_-][A-Za-z0-9]+)*",
    shortest=8,
    longest=60,
    words="as `az vm list-skus` lists them, like Standard_D4ds_v5",
)
STORAGE_ACCOUNT = NameRule(
    kind="storage account",
    pattern=r"[a-z0-9]*",
    shortest=3,
    longest=24,
    words="lower-case letters and digits",
)
STORAGE_CONTAINER = NameRule(
    kind="storage container",
    pattern=r"[a-z0-9](-?[a-z0-9])*",
    shortest=3,
    longest=63,
    words="lower-case letters, digits and single - in between",
)
HCP_ORGANIZATION = NameRule(
    kind="HCP Terraform organization",
    pattern=r"[A-Za-z0-9_-]*",
    shortest=3,
    longest=40,
    words="letters, digits, _ and -",
)

NODE_RESOURCE_GROUP_LONGEST = 80
"""Characters in the name of the group that AKS makes for the nodes."""


def node_resource_group(*, resource_group: str, cluster: str, location: str) -> str:
    """The name AKS gives to the group of a cluster's nodes when nobody else names it.

    Raises:
        ValueError: the name would be longer than AKS accepts.
    """
    name = f"MC_{resource_group}_{cluster}_{location}"
    if len(name) > NODE_RESOURCE_GROUP_LONGEST and "${" not in name:
        raise ValueError(
            f"AKS would name the nodes' resource group {name}, {len(name)} characters of at most"
            f" {NODE_RESOURCE_GROUP_LONGEST}: shorten the cluster's or the resource group's name"
        )
    return name
