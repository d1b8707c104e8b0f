"""Reads the settings of a project folder, and says what is wrong with them as the user wrote them."""

import os
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from io import StringIO
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from dotenv.parser import parse_stream

from constructs_lib.addressing import Finding
from stacks.settings import PREFIX, InvalidSettingsError, Settings
from stacks.settings_rules import risks

PROJECT = Path(__file__).parent.parent


class SettingsError(Exception):
    """The settings cannot be used; the message has one line per problem, each with the setting and the fix."""


@dataclass(frozen=True, kw_only=True)
class LoadedSettings:
    """Settings that can be used.

    Attributes:
        settings: the settings.
        warnings: one line each: what may be a misspelt variable, what is legal but risky.
    """

    settings: Settings
    warnings: tuple[str, ...]


def load(project: Path = PROJECT) -> LoadedSettings:
    """Read process environment over ``.env`` over ``environments/<AZ_ENVIRONMENT>.toml`` over defaults.

    Raises:
        SettingsError: with every problem there is.
    """
    env_file = project / ".env"
    # in any case, as pydantic-settings reads them too
    variables = {name.upper(): value for name, value in (_read_env_file(env_file) | os.environ).items() if value}
    environment = variables.get(variable_of("environment"), "dev")
    toml = _read_toml(project / "environments", environment)
    known = {key: value for key, value in toml.items() if key in Settings.model_fields}
    problems = [
        f"environments/{environment}.toml: {key} is not a setting"
        + _did_you_mean(key.lower().removeprefix(PREFIX.lower()), Settings.model_fields)
        for key in toml
        if key not in known
    ]

    def lines(findings: list[Finding]) -> list[str]:
        return [f"{named(finding.subject)}: {finding.message}" for finding in findings]

    def named(setting: str) -> str:
        variable = variable_of(setting)
        from_file = setting in toml and variable not in variables
        return f"{variable} ({setting} in environments/{environment}.toml)" if from_file else variable

    try:
        settings = Settings(_env_file=env_file, **known | {"environment": environment})  # pyright: ignore[reportCallIssue] pydantic-settings adds the argument at run time
    except InvalidSettingsError as error:
        problems += lines(error.problems)
    else:
        if not problems:
            return LoadedSettings(settings=settings, warnings=(*_misspelt(variables), *lines(risks(settings))))
    raise SettingsError("\n".join(problems))


def variable_of(setting: str) -> str:
    """The environment variable of a setting."""
    return PREFIX + setting.upper()


def _read_env_file(file: Path) -> dict[str, str | None]:
    if not file.exists():
        return {}
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f".env: cannot be read: {error}: write a text file in UTF-8") from None
    if wrong := [line.original for line in parse_stream(StringIO(text)) if line.error]:
        raise SettingsError(
            "\n".join(
                f".env, line {each.line}: not a variable: write NAME=value, with quotes in pairs" for each in wrong
            )
        )
    return dotenv_values(stream=StringIO(text))


def _read_toml(folder: Path, environment: str) -> dict[str, Any]:
    names = sorted(path.stem for path in folder.glob("*.toml"))
    if environment not in names:
        raise SettingsError(
            f"{variable_of('environment')}: there is no environments/{environment}.toml:"
            f" {'use ' + ' or '.join(names) if names else 'write one; an empty file will do'}"
        )
    try:
        return tomllib.loads((folder / f"{environment}.toml").read_text(encoding="utf-8-sig"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"environments/{environment}.toml: not valid TOML: {error}") from None


def _misspelt(variables: Iterable[str]) -> Iterator[str]:
    known = {variable_of(setting) for setting in Settings.model_fields}
    for name in sorted(variables):
        # one env.sh often serves several projects: only what is close to a setting is worth a word
        if name.startswith(PREFIX) and name not in known and (hint := _did_you_mean(name, known)):
            yield f"{name} is not a setting and is left alone{hint}"


def _did_you_mean(word: str, words: Iterable[str]) -> str:
    close = get_close_matches(word, list(words), n=1, cutoff=0.8)
    return f"; did you mean {close[0]}?" if close else ""
