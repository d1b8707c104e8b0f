"""Registers a preview feature of a resource provider in the subscription."""

from collections.abc import Sequence

from cdktf import Annotations, TerraformResourceLifecycle
from cdktf_cdktf_provider_azurerm.data_azurerm_client_config import DataAzurermClientConfig
from cdktf_cdktf_provider_azurerm.resource_provider_registration import (
    ResourceProviderRegistration,
    ResourceProviderRegistrationFeature,
)
from constructs import Construct

CONTAINER_SERVICE = "Microsoft.ContainerService"
POD_SUBNET_PREVIEW = "PodSubnetPreview"


class PreviewFeature(Construct):
    """A feature flag of a resource provider, registered for the whole subscription.

    Few subscriptions need one: PodSubnetPreview has been generally available since 2022. Terraform has no
    resource for a flag alone. The one it has owns the provider's registration and all its flags, so

    - the azurerm provider must not register the same namespace by itself (`resource_providers_to_register`);
    - a namespace that is registered already, the usual case, has to be adopted (``adopt=True``);
    - a flag that is registered and not named here is unregistered by the first apply after that;
    - its destroy would unregister the namespace for everybody in the subscription. It is refused here;
      ``terraform state rm`` leaves the flag as it is and lets the destroy go on.

    Source: https://registry.terraform.io/providers/hashicorp/azurerm/4.55.0/docs/resources/resource_provider_registration.

    Attributes:
        resource: the registration.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        feature: str = POD_SUBNET_PREVIEW,
        resource_provider: str = CONTAINER_SERVICE,
        other_features: Sequence[str] = (),
        adopt: bool = False,
    ) -> None:
        """Register the feature.

        Args:
            scope: parent.
            id_: construct id.
            feature: name of the flag. Default: PodSubnetPreview.
            resource_provider: namespace it belongs to. Default: Microsoft.ContainerService.
            other_features: names of the namespace's flags that are registered and are to stay so. Default: none.
            adopt: import the namespace's registration, which exists already; needs Terraform 1.6 or later.
                Default: create it.
        """
        super().__init__(scope, id_)
        self.resource = ResourceProviderRegistration(
            self,
            "registration",
            name=resource_provider,
            feature=[
                ResourceProviderRegistrationFeature(name=name, registered=True) for name in (feature, *other_features)
            ],
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
        )
        if adopt:
            # read at plan time, so that no subscription is in the JSON
            subscription = DataAzurermClientConfig(self, "subscription")
            self.resource.import_from(f"/subscriptions/{subscription.subscription_id}/providers/{resource_provider}")
        Annotations.of(self).add_warning(
            f"Terraform owns every feature flag of {resource_provider} in this subscription from now on, and"
            " unregisters those that are not named here: read the plan. Before you destroy it or switch this off,"
            " `terraform state rm` it (docs/operations.md)"
        )
