"""How an API can fail to answer, and how often it is asked again."""

import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import TypeVar

from pydantic import BaseModel, ValidationError

T = TypeVar("T")
Model = TypeVar("Model", bound=BaseModel)

ATTEMPTS = 5
FIRST_PAUSE = 0.2
"""Seconds before the second attempt; doubled before each further one."""
LONGEST_PAUSE = 120
"""An API that asks to be left alone for longer, in seconds, is not asked again."""
ANSWER_TIME = 30
"""Seconds an API may stay silent before the request counts as failed."""


class Unanswered(Exception):  # noqa: N818 - reads as what happened: the question was not answered
    """A question that got no usable answer; the message says why, and what to do if there is something to do.

    Attributes:
        status: the HTTP status of the refusal, if it was one.
    """

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class NotFound(Unanswered):
    """The API answered that there is no such thing."""


class Passing(Unanswered):
    """A failure that asking again may cure.

    Attributes:
        after: seconds the API asked to be left alone, if it said so.
    """

    def __init__(self, message: str, *, status: int | None = None, after: float | None = None) -> None:
        super().__init__(message, status=status)
        self.after = after


class StoppedWaiting(BaseException):
    """The time limit of the whole run.

    Not an Exception, so that no library on the way takes it for a failure of its own and carries on.
    """


def asked_again(ask: Callable[[], T]) -> T:
    """Asks until there is an answer, a failure that will stay, or no attempt left.

    Raises:
        Unanswered: with the last reason.
    """
    pause = FIRST_PAUSE
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return ask()
        except Passing as failure:
            wait = pause if failure.after is None else failure.after
            if attempt == ATTEMPTS or wait > LONGEST_PAUSE:
                enough = (
                    f"asked {attempt} times" if wait <= LONGEST_PAUSE else f"asks to be left alone for {wait:.0f} s"
                )
                raise Unanswered(f"{failure} ({enough})", status=failure.status) from failure
            time.sleep(wait)
            pause *= 2
    raise AssertionError


def refusal(status: int, message: str, *, advice: Mapping[int, str], retry_after: str | None = None) -> Unanswered:
    """What an HTTP status other than success means.

    Args:
        status: of the answer.
        message: who answered what.
        advice: what to do about a status, where there is something to do.
        retry_after: the header of that name, in seconds; its other form, a date, is not used by these APIs.
    """
    if status == HTTPStatus.NOT_FOUND:
        return NotFound(message, status=status)
    if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        after = float(retry_after) if retry_after and retry_after.isdecimal() else None
        return Passing(message, status=status, after=after)
    return Unanswered(f"{message}: {advice[status]}" if status in advice else message, status=status)


def parsed(model: type[Model], body: bytes, *, asked: str) -> Model:
    """Reads an answer.

    Raises:
        Passing: it is not what the API promises; a cut or garbled answer is worth asking for again.
    """
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Passing(f"{asked} gave a malformed answer ({where + ': ' if where else ''}{first['msg']})") from error


def one_line(text: object, limit: int = 300) -> str:
    """Text from outside, fit for a terminal: one line, no control characters, not too long."""
    line = " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())
    return line if len(line) <= limit else line[: limit - 3] + "..."
