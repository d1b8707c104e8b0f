"""Azure Resource Manager: reads of resources, roles and features, and the credentials of a cluster."""

import re
from base64 import b64encode
from collections.abc import Callable
from typing import Protocol
from urllib.parse import urlencode

from simulator.roles import Role
from simulator.server import Answer, Request
from simulator.values import Json

_ASSIGNMENTS = "/providers/Microsoft.Authorization/roleAssignments"
_ROLE = re.compile(r".*/providers/Microsoft\.Authorization/roleDefinitions/([^/]+)")
_FEATURE = re.compile(r"/subscriptions/[^/]+/providers/Microsoft\.Features/providers/([^/]+)/features/([^/]+)")
_ASSIGNED_TO = re.compile(r"atScope\(\) and assignedTo\('([0-9a-f-]{36})'\)")
_CREDENTIALS = "/listclusterusercredential"


class Outside(Protocol):
    """What Azure knows."""

    def resource(self, id_: str) -> Json | None:
        """A resource as Azure describes it; ids are the same in upper and lower case."""
        ...

    def assignments(self, scope: str, principal: str) -> list[Json]:
        """Roles that the principal holds at the scope or above it."""
        ...

    def role(self, definition: str) -> Role | None:
        """A role, by the last part of its definition's id."""
        ...

    def feature(self, namespace: str, name: str) -> str | None:
        """State of a preview feature; None if Azure does not know it."""
        ...

    def kubeconfig(self, cluster_id: str) -> str | None:
        """Credentials of a cluster's user."""
        ...


class ArmApi:
    """The Resource Manager of one subscription.

    Args:
        url: where it is, for the links to further pages.
        outside: finds what Azure knows now.
        page: role assignments on a page.
    """

    def __init__(self, url: str, outside: Callable[[], Outside], *, page: int = 100) -> None:
        self._url = url
        self._outside = outside
        self._page = page

    def answer(self, request: Request) -> Answer:
        """Answer a request; nothing can be changed here."""
        method, path, query = request.method, request.path, request.query
        if "api-version" not in query:
            return _error("MissingApiVersionParameter", "api-version is required", 400)
        if method == "POST" and path.lower().endswith(_CREDENTIALS):
            found = self._credentials(path[: -len(_CREDENTIALS)])
        elif method == "GET":
            found = self._get(path, query)
        else:
            return _error("MethodNotAllowed", f"{method}: the simulation only answers questions here", 405)
        return Answer(found) if found else _error("ResourceNotFound", f"{path} was not found", 404)

    def _credentials(self, cluster_id: str) -> Json | None:
        kubeconfig = self._outside().kubeconfig(cluster_id)
        if kubeconfig is None:
            return None
        return {"kubeconfigs": [{"name": "clusterUser", "value": b64encode(kubeconfig.encode()).decode()}]}

    def _get(self, path: str, query: dict[str, str]) -> Json | None:
        outside = self._outside()
        if path.endswith(_ASSIGNMENTS):
            return self._assignments(outside, path, query)
        if match := _ROLE.fullmatch(path):
            role = outside.role(match[1])
            return role.as_arm(path) if role else None
        if match := _FEATURE.fullmatch(path):
            state = outside.feature(*match.groups())
            return {"name": "/".join(match.groups()), "properties": {"state": state}} if state else None
        return outside.resource(path)

    def _assignments(self, outside: Outside, path: str, query: dict[str, str]) -> Json:
        assigned_to = _ASSIGNED_TO.fullmatch(query.get("$filter", ""))
        if not assigned_to:
            return {"value": []}
        start = int(query.get("$skipToken", 0))
        found = outside.assignments(path.removesuffix(_ASSIGNMENTS), assigned_to[1])
        page: Json = {"value": found[start : start + self._page]}
        if start + self._page < len(found):
            page["nextLink"] = f"{self._url}{path}?{urlencode({**query, '$skipToken': start + self._page})}"
        return page


def _error(code: str, message: str, status: int) -> Answer:
    return Answer({"error": {"code": code, "message": message}}, status)
