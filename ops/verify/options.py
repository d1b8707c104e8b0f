"""The command line: what may be asked for, checked as a whole before anything is."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from urllib.parse import urlsplit

from ops.verify.arguments import parser, refuse
from ops.verify.azure import CLOUDS, TOKEN_VARIABLE

DEFAULT_TIMEOUT = 600


@dataclass(frozen=True, kw_only=True)
class Options:
    """What was asked for.

    Attributes:
        stacks: folder with a folder per synthesized stack, for their outputs.
        subscription, resource_group, cluster: the cluster, when it is not this app's.
        kubeconfig: instead of the outputs' or Azure's. Default: None, those are used.
        context: of the kubeconfig. Default: its current one.
        chosen: names of the checks to make.
        probe_image: image of the pods that the policy check makes.
        wait: seconds to wait for a cluster that is still settling.
        timeout: seconds for everything.
        json: print the JSON report instead of text.
        junit: file to write a JUnit report to.
        endpoint: Azure Resource Manager.
        token: static token; there only for a rehearsal.
    """

    stacks: Path
    subscription: str
    resource_group: str
    cluster: str
    kubeconfig: Path | None
    context: str | None
    chosen: frozenset[str]
    probe_image: str
    wait: float
    timeout: float
    json: bool
    junit: Path | None
    endpoint: str
    token: str | None

    @property
    def rehearsal(self) -> bool:
        """Whether the endpoint is none of Azure's own."""
        return self.endpoint not in CLOUDS.values()


def parse(arguments: Sequence[str], checks: dict[str, str]) -> Options:
    """Reads the command line and the environment.

    Args:
        arguments: without the program's name.
        checks: the name of every check, and what it asserts.

    Raises:
        SystemExit: with 3, after every problem was named; with 0 for `--help`.
    """
    command = parser(checks)
    found, unknown = command.parse_known_args(arguments)
    known = re.findall(r"--[a-z-]+", command.format_help())
    problems = [f"{word}: no such option{_did_you_mean(word.partition('=')[0], known)}" for word in unknown]
    given = {
        "--subscription": found.subscription or "",
        "--resource-group": found.resource_group or "",
        "--cluster": found.cluster or "",
    }
    by_flags = bool(given["--resource-group"] or given["--cluster"])
    if by_flags:
        given["--subscription"] = given["--subscription"] or os.environ.get("ARM_SUBSCRIPTION_ID", "")
        problems += [
            f"{name}: needed too, to name a cluster that this app did not make"
            for name, value in given.items()
            if not value
        ]
    elif given["--subscription"]:
        problems.append("--subscription: pass --resource-group and --cluster too, or leave it out")
    kubeconfig = Path(found.kubeconfig) if found.kubeconfig else None
    if kubeconfig and not kubeconfig.is_file():
        problems.append(f"--kubeconfig: there is no file {kubeconfig}")
    if found.junit and not Path(found.junit).absolute().parent.is_dir():
        problems.append(f"--junit: there is no folder {Path(found.junit).absolute().parent}: make it first")
    if found.junit and Path(found.junit).is_dir():
        problems.append(f"--junit: {found.junit} is a folder: name a file in it")
    wait = _seconds("--wait", found.wait, problems)
    timeout = _seconds("--timeout", found.timeout, problems) or DEFAULT_TIMEOUT + wait
    if wait >= timeout:
        problems.append(f"--timeout: {found.timeout} leaves no time after --wait {found.wait}: raise it")
    endpoint, token = _endpoint(problems)
    chosen = _chosen(found.only, found.skip, probe=found.probe_policy, checks=checks, problems=problems)
    if problems:
        refuse(problems)
    return Options(
        stacks=Path(found.stacks),
        subscription=given["--subscription"],
        resource_group=given["--resource-group"],
        cluster=given["--cluster"],
        kubeconfig=kubeconfig,
        context=found.context,
        chosen=chosen,
        probe_image=found.probe_image,
        wait=wait,
        timeout=timeout,
        json=found.json,
        junit=Path(found.junit) if found.junit else None,
        endpoint=endpoint,
        token=token,
    )


def _did_you_mean(word: str, known: Sequence[str]) -> str:
    close = get_close_matches(word, known, n=1)
    return f": did you mean {close[0]}?" if close else "; --help lists them"


def _seconds(option: str, text: str, problems: list[str]) -> float:
    match = re.fullmatch(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s?)?", text)
    if not match or not text:
        problems.append(f"{option}: {text!r} is not a time: use 90s, 10m or 1h30m")
        return 0
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return hours * 3600 + minutes * 60 + seconds


def _endpoint(problems: list[str]) -> tuple[str, str | None]:
    token = os.environ.get(TOKEN_VARIABLE) or None
    cloud = os.environ.get("ARM_ENVIRONMENT") or "public"
    endpoint = os.environ.get("VERIFY_AZURE_ENDPOINT", "").rstrip("/")
    if not endpoint:
        if token:
            problems.append(f"{TOKEN_VARIABLE}: only for a rehearsal: set VERIFY_AZURE_ENDPOINT too, or unset it")
        if cloud not in CLOUDS:
            problems.append(f"ARM_ENVIRONMENT: {cloud!r} is not one of {', '.join(CLOUDS)}")
        return CLOUDS.get(cloud, ""), None
    if endpoint in CLOUDS.values():
        problems.append("VERIFY_AZURE_ENDPOINT: only for a rehearsal: unset it, and use ARM_ENVIRONMENT for Azure")
    elif urlsplit(endpoint).scheme != "https" or not urlsplit(endpoint).hostname:
        problems.append("VERIFY_AZURE_ENDPOINT: is not an https:// URL")
    elif not token:
        # a real credential must never reach an endpoint that is not Azure's
        problems.append(f"{TOKEN_VARIABLE}: set it to the rehearsal's token, for VERIFY_AZURE_ENDPOINT")
    return endpoint, token


def _chosen(
    only: Sequence[str],
    skip: Sequence[str],
    *,
    probe: bool,
    checks: dict[str, str],
    problems: list[str],
) -> frozenset[str]:
    def names(option: str, values: Sequence[str]) -> set[str]:
        words = {word.strip() for value in values for word in value.split(",")} - {""}
        for word in sorted(words - set(checks)):
            close = get_close_matches(word, checks, n=1)
            hint = f"did you mean {close[0]}?" if close else f"use {', '.join(checks)}"
            problems.append(f"{option}: there is no check {word!r}: {hint}")
        return words

    wanted, unwanted = names("--only", only) or set(checks), names("--skip", skip)
    if "policy" in wanted and not probe:
        if only:
            problems.append("--only: policy writes to the cluster: pass --probe-policy too")
        wanted = wanted - {"policy"}
    if probe and "policy" not in wanted - unwanted:
        problems.append("--probe-policy: the policy check is left out by --only or --skip")
    if not wanted - unwanted:
        problems.append("--skip: no check is left: skip fewer")
    return frozenset(wanted - unwanted)
