from constructs_lib.preview_feature import PreviewFeature
from tests.synthesis import synthesized, warned

REGISTRATION = "azurerm_resource_provider_registration"


def test_it_registers_pod_subnet_preview_by_default() -> None:
    stack = synthesized(lambda scope: PreviewFeature(scope, "preview"))
    (registration,) = stack["resource"][REGISTRATION].values()
    assert registration["name"] == "Microsoft.ContainerService"
    assert registration["feature"] == [{"name": "PodSubnetPreview", "registered": True}]
    assert "import" not in stack


def test_it_registers_any_other_feature() -> None:
    stack = synthesized(
        lambda scope: PreviewFeature(scope, "preview", feature="Other", resource_provider="Microsoft.Network")
    )
    (registration,) = stack["resource"][REGISTRATION].values()
    assert (registration["name"], registration["feature"][0]["name"]) == ("Microsoft.Network", "Other")


def test_other_flags_of_the_namespace_are_kept_where_they_are_named() -> None:
    stack = synthesized(lambda scope: PreviewFeature(scope, "preview", other_features=["NAPPreview"]))
    (registration,) = stack["resource"][REGISTRATION].values()
    assert registration["feature"] == [
        {"name": "PodSubnetPreview", "registered": True},
        {"name": "NAPPreview", "registered": True},
    ]


def test_a_destroy_never_unregisters_the_provider_for_the_whole_subscription() -> None:
    stack = synthesized(lambda scope: PreviewFeature(scope, "preview"))
    (registration,) = stack["resource"][REGISTRATION].values()
    assert registration["lifecycle"] == {"prevent_destroy": True}


def test_adoption_imports_the_registration_of_whatever_subscription_is_deployed_to() -> None:
    stack = synthesized(lambda scope: PreviewFeature(scope, "preview", adopt=True))
    (address,) = stack["resource"][REGISTRATION]
    (config,) = stack["data"]["azurerm_client_config"]
    assert stack["import"] == [
        {
            "to": f"{REGISTRATION}.{address}",
            "id": f"/subscriptions/${{data.azurerm_client_config.{config}.subscription_id}}"
            "/providers/Microsoft.ContainerService",
        }
    ]


def test_synth_warns_of_what_terraform_owns_from_then_on() -> None:
    (warning,) = warned(lambda scope: PreviewFeature(scope, "preview"))
    assert "every feature flag of Microsoft.ContainerService" in warning
    assert "terraform state rm" in warning
