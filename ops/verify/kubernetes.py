"""The cluster's API server, through the official client, a page at a time.

The client's models are left aside: they cost ten times the memory of what verify reads (see `kinds`), and
importing them is what makes the package slow. Its kubeconfig, TLS, proxy and authentication handling is what is used.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode

from pydantic import ValidationError

from ops.verify.answers import (
    ANSWER_TIME,
    Passing,
    Unanswered,
    asked_again,
    one_line,
    parsed,
    refusal,
)
from ops.verify.kinds import Failure, Item, Kind, Page
from ops.verify.kubeconfig import open_client

PAGE = 500
"""Objects per page, as kubectl asks for them."""
RESTARTS = 3
"""A list that outlives the server's memory of it (410 Gone) starts again at most so often."""
ADVICE: Mapping[int, str] = {
    HTTPStatus.UNAUTHORIZED: "the kubeconfig's credentials are not accepted; deploy again, or pass --kubeconfig",
    HTTPStatus.FORBIDDEN: "the kubeconfig's user may not do this; ask for a role that may read it",
}

Model = TypeVar("Model", bound=Kind)
Sum = TypeVar("Sum")


class _Expired(Exception):  # noqa: N818 - an answer, not an error
    """The rest of a list is no longer to be had."""


class Kubernetes:
    """One API server.

    Args:
        kubeconfig: a kubeconfig's content, or the file it is in.
        context: which of its contexts. Default: its current one.

    Raises:
        Unanswered: the kubeconfig cannot be used.
    """

    def __init__(self, kubeconfig: Mapping[str, Any] | Path, *, context: str | None) -> None:
        self._client: Any = open_client(kubeconfig, context=context)
        self.url: str = self._client.configuration.host
        self.now = datetime.now(UTC)
        """The server's clock, which is what its objects' ages are measured by."""

    def read(self, path: str, model: type[Model]) -> Model:
        """Gets one object.

        Raises:
            NotFound: there is none.
            Unanswered: for any other reason.
        """
        return asked_again(lambda: parsed(model, self._ask("GET", path), asked=self._asked(path)))

    def text(self, path: str) -> str:
        """Gets a page or a log."""
        return asked_again(lambda: self._ask("GET", path, accept="*/*")).decode(errors="replace")

    def create(self, path: str, body: Mapping[str, Any]) -> None:
        """Makes an object; one that is there already, after a lost answer, is fine."""

        def ask() -> bytes:
            return self._ask("POST", path, body=body, fine=HTTPStatus.CONFLICT)

        asked_again(ask)

    def delete(self, path: str) -> None:
        """Removes an object; one that is gone already is fine."""
        asked_again(lambda: self._ask("DELETE", path, fine=HTTPStatus.NOT_FOUND))

    def fold(
        self,
        path: str,
        kind: type[Item],
        start: Callable[[], Sum],
        add: Callable[[Sum, Item], None],
        *,
        selector: str = "",
    ) -> Sum:
        """Goes through a list of any length, holding one page of it at a time.

        Args:
            path: of the list.
            kind: what is in it.
            start: makes an empty sum, again when the list has to start again.
            add: takes an item into the sum.
            selector: labels the items must have.

        Raises:
            NotFound: there is no such list.
            Unanswered: for any other reason.
        """
        for _ in range(RESTARTS):
            total = start()
            try:
                for item in self._items(path, kind, selector):
                    add(total, item)
            except _Expired:
                continue
            return total
        raise Unanswered(f"{self._asked(path)}: the list expired {RESTARTS} times before its end was read")

    def list(self, path: str, kind: type[Item], *, selector: str = "") -> list[Item]:
        """A list that is known to be short."""

        def add(items: list[Item], item: Item) -> None:
            items.append(item)

        return self.fold(path, kind, list[Item], add, selector=selector)

    def _items(self, path: str, kind: type[Item], selector: str) -> Iterator[Item]:
        # pydantic makes the class from the argument; the type checker sees only the argument
        model: type[Page[Item]] = Page[kind]  # pyright: ignore[reportInvalidTypeArguments]
        query = {"limit": str(PAGE)}
        if selector:
            query["labelSelector"] = selector
        while True:
            page = self.read(f"{path}?{urlencode(query)}", model)
            yield from page.items or ()
            if not page.metadata.continue_:
                return
            query["continue"] = page.metadata.continue_

    def _asked(self, path: str) -> str:
        return f"{self.url}{path.partition('?')[0]}"

    def _ask(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        accept: str = "application/json",
        fine: int = 0,
    ) -> bytes:
        from kubernetes.client.exceptions import ApiException  # noqa: PLC0415
        from urllib3.exceptions import HTTPError  # noqa: PLC0415

        asked = self._asked(path)
        headers = {"Accept": accept, "Content-Type": "application/json"}
        try:
            request = self._client.param_serialize(
                method=method,
                resource_path=path,
                header_params=headers,
                body=body,
                auth_settings=["BearerToken"],
            )
            answer = self._client.call_api(*request, _request_timeout=ANSWER_TIME)
            content: bytes = answer.read()
        except (HTTPError, ApiException, OSError) as error:
            raise Passing(f"{asked} did not answer: {one_line(error)}") from error
        status: int = answer.status
        if date := answer.headers.get("Date"):
            self.now = parsedate_to_datetime(date)
        if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES or status == fine:
            return content
        if status == HTTPStatus.GONE:
            raise _Expired
        message = f"{asked} answered {status}{_why(content)}"
        raise refusal(status, message, advice=ADVICE, retry_after=answer.headers.get("Retry-After"))


def _why(content: bytes) -> str:
    try:
        message = Failure.model_validate_json(content).message
    except ValidationError:
        return ""
    return f" ({one_line(message)})" if message else ""
