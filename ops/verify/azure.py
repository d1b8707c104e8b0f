"""Azure Resource Manager, through the pipeline that every azure-mgmt client is built on.

The generated clients themselves are left aside: six GETs do not need 50 MB of models.
"""

import logging
import os
import time
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

from pydantic import BaseModel

from ops.verify.answers import (
    ANSWER_TIME,
    Passing,
    Unanswered,
    asked_again,
    one_line,
    parsed,
    refusal,
)
from ops.verify.arm import Page, RoleAssignment

CLOUDS = {
    "public": "https://management.azure.com",
    "usgovernment": "https://management.usgovcloudapi.net",
    "china": "https://management.chinacloudapi.cn",
}
"""Where Azure is, by the names of azurerm's ARM_ENVIRONMENT."""
AUTHORITIES = {
    CLOUDS["usgovernment"]: "login.microsoftonline.us",
    CLOUDS["china"]: "login.chinacloudapi.cn",
}
"""Who signs in for an endpoint, if not the public cloud's authority, which azure-identity knows."""
TOKEN_VARIABLE = "VERIFY_AZURE_TOKEN"  # noqa: S105 - the name of a variable
ADVICE: Mapping[int, str] = {
    HTTPStatus.UNAUTHORIZED: "the credential is not accepted; run `az login` again",
    HTTPStatus.FORBIDDEN: "the credential may not read it; it needs Reader there",
}

Model = TypeVar("Model", bound=BaseModel)


class _StaticToken:
    """A rehearsal's token, handed to the pipeline the way azure-identity hands one."""

    def __init__(self, token: str) -> None:
        self._token = token

    def get_token(self, *_scopes: str, **_options: Any) -> Any:
        from azure.core.credentials import AccessToken  # noqa: PLC0415

        return AccessToken(self._token, int(time.time()) + 3600)


class Azure:
    """One Azure Resource Manager.

    Args:
        endpoint: one of Azure's own, or that of a rehearsal.
        token: for a rehearsal; the real Azure is only asked with DefaultAzureCredential.

    Raises:
        Unanswered: the packages to ask it with are not installed.
    """

    def __init__(self, endpoint: str, *, token: str | None) -> None:
        try:
            # imported here: they are optional
            from azure.core import PipelineClient  # noqa: PLC0415
            from azure.core.pipeline.policies import UserAgentPolicy  # noqa: PLC0415
            from azure.mgmt.core.policies import ARMChallengeAuthenticationPolicy  # noqa: PLC0415

            credential = _StaticToken(token) if token else _default_credential(endpoint)
        except ModuleNotFoundError as error:
            raise Unanswered(
                f"Azure cannot be asked: {error.name} is not installed; `make verify` installs it"
            ) from error
        logging.getLogger("azure").addHandler(logging.NullHandler())
        self.endpoint = endpoint
        authentication = ARMChallengeAuthenticationPolicy(credential, f"{endpoint}/.default")
        # without the policies the clients add by default: they retry on their own clock, and one of them
        # registers resource providers in the subscription
        self._client: Any = PipelineClient(endpoint, policies=[UserAgentPolicy("aks-verify"), authentication])

    def read(self, path: str, model: type[Model], *, version: str) -> Model:
        """Gets one resource.

        Args:
            path: the resource's id, or a path that starts with one.
            model: what it is.
            version: of the API.

        Raises:
            NotFound: there is none.
            Unanswered: for any other reason.
        """
        return self._read("GET", f"{self.endpoint}{path}?{urlencode({'api-version': version})}", model)

    def act(self, path: str, model: type[Model], *, version: str) -> Model:
        """Calls an action that changes nothing but is a POST, such as listing credentials."""
        return self._read("POST", f"{self.endpoint}{path}?{urlencode({'api-version': version})}", model)

    def role_assignments(self, scope: str, principal_id: str) -> Iterator[RoleAssignment]:
        """Roles that the principal, or a group it is in, holds at the scope or above it."""
        query = {
            "$filter": f"atScope() and assignedTo('{principal_id}')",
            "api-version": "2022-04-01",
        }
        url = f"{self.endpoint}{scope}/providers/Microsoft.Authorization/roleAssignments?{urlencode(query)}"
        while url:
            page = self._read("GET", url, Page)
            yield from page.value
            url = page.next_link or ""
            if url and urlsplit(url).netloc != urlsplit(self.endpoint).netloc:
                raise Unanswered(f"{self.endpoint} sends the token elsewhere: {one_line(url)}")

    def _read(self, method: str, url: str, model: type[Model]) -> Model:
        asked = url.partition("?")[0]
        return asked_again(lambda: parsed(model, self._ask(method, url), asked=asked))

    def _ask(self, method: str, url: str) -> bytes:
        from azure.core.exceptions import AzureError, ClientAuthenticationError  # noqa: PLC0415
        from azure.core.rest import HttpRequest  # noqa: PLC0415

        asked = url.partition("?")[0]
        try:
            answer = self._client.send_request(
                HttpRequest(method, url), connection_timeout=ANSWER_TIME, read_timeout=ANSWER_TIME
            )
            content: bytes = answer.read()
        except ClientAuthenticationError as error:
            raise Unanswered(
                "no credential for Azure: run `az login`, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and"
                " AZURE_CLIENT_SECRET (ARM_... work too)"
            ) from error
        except AzureError as error:
            raise Passing(f"{asked} did not answer: {one_line(error)}") from error
        status: int = answer.status_code
        if status == HTTPStatus.OK:
            return content
        raise refusal(
            status, f"{asked} answered {status}", advice=ADVICE, retry_after=answer.headers.get("Retry-After")
        )


def _default_credential(endpoint: str) -> Any:
    """Finds what azure-identity finds, and the credentials that deployed the stacks: azurerm's, by its names."""
    from azure.identity import DefaultAzureCredential  # noqa: PLC0415

    for name in ("TENANT_ID", "CLIENT_ID", "CLIENT_SECRET", "CLIENT_CERTIFICATE_PATH"):
        if value := os.environ.get(f"ARM_{name}"):
            os.environ.setdefault(f"AZURE_{name}", value)
    return DefaultAzureCredential(authority=AUTHORITIES.get(endpoint))
