from cdktf import Aspects, TerraformStack
from cdktf_cdktf_provider_azurerm.resource_group import ResourceGroup
from cdktf_cdktf_provider_azurerm.role_assignment import RoleAssignment
from constructs import Construct

from constructs_lib.tags import Tags
from tests.synthesis import only, synthesized


def test_every_resource_below_gets_the_tags() -> None:
    def build(scope: TerraformStack) -> None:
        ResourceGroup(Construct(scope, "deep"), "group", name="rg", location="eastus2")
        Aspects.of(scope).add(Tags({"owner": "me"}))

    assert only(synthesized(build), "azurerm_resource_group")["tags"] == {"owner": "me"}


def test_a_resources_own_tag_wins_and_the_others_stay() -> None:
    def build(scope: TerraformStack) -> None:
        ResourceGroup(scope, "group", name="rg", location="eastus2", tags={"owner": "you", "cost": "42"})
        Aspects.of(scope).add(Tags({"owner": "me", "env": "dev"}))

    tags = only(synthesized(build), "azurerm_resource_group")["tags"]
    assert tags == {"owner": "you", "cost": "42", "env": "dev"}


def test_what_takes_no_tags_is_left_alone() -> None:
    def build(scope: TerraformStack) -> None:
        RoleAssignment(scope, "role", scope="/s", principal_id="p", role_definition_name="Reader")
        Aspects.of(scope).add(Tags({"owner": "me"}))

    assert "tags" not in only(synthesized(build), "azurerm_role_assignment")
