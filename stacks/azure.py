"""The azurerm provider, configured the same in both stacks."""

from cdktf import TerraformStack
from cdktf_cdktf_provider_azurerm.provider import (
    AzurermProvider,
    AzurermProviderFeatures,
    AzurermProviderFeaturesResourceGroup,
)

from constructs_lib.preview_feature import CONTAINER_SERVICE
from stacks.settings import PreviewFeature, Settings


def add_azurerm_provider(stack: TerraformStack, settings: Settings) -> AzurermProvider:
    """Add the provider; subscription and credentials come from the environment (``ARM_...`` or ``az login``)."""
    registers_container_service = settings.pod_subnet_preview is PreviewFeature.OFF
    return AzurermProvider(
        stack,
        "azurerm",
        features=[
            AzurermProviderFeatures(
                resource_group=[
                    AzurermProviderFeaturesResourceGroup(
                        prevent_deletion_if_contains_resources=settings.protect_resource_group
                    )
                ]
            )
        ],
        # the default registers some sixty providers in the subscription, for good
        resource_provider_registrations="core",
        # a registration that Terraform manages must not be made by the provider too
        resource_providers_to_register=[CONTAINER_SERVICE] if registers_container_service else None,
    )
