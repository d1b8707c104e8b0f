"""Synthesizes what a test builds, and hands back the Terraform JSON as data."""

import json
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cdktf import App, TerraformStack
from cdktf_cdktf_provider_azurerm.provider import AzurermProvider, AzurermProviderFeatures
from cdktf_cdktf_provider_helm.provider import HelmProvider

Json = dict[str, Any]


@contextmanager
def _synthesis(build: Callable[[TerraformStack], object]) -> Generator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        app = App(outdir=folder, stack_traces=False)
        stack = TerraformStack(app, "stack")
        AzurermProvider(stack, "azurerm", features=[AzurermProviderFeatures()])
        HelmProvider(stack, "helm")
        build(stack)
        app.synth()
        yield Path(folder)


def synthesized(build: Callable[[TerraformStack], object]) -> Json:
    """The JSON of a stack with both providers and what ``build`` adds to it."""
    with _synthesis(build) as outdir:
        return stack_json(outdir, "stack")


def warned(build: Callable[[TerraformStack], object]) -> list[str]:
    """The warnings that the synth of the same stack shows."""
    with _synthesis(build) as outdir:
        stacks = json.loads((outdir / "manifest.json").read_text())["stacks"]
        return [annotation["message"] for stack in stacks.values() for annotation in stack["annotations"]]


def files(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by its path in it."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def stack_json(outdir: Path, name: str) -> Json:
    """The JSON of one stack of a synthesized app."""
    return json.loads((outdir / "stacks" / name / "cdk.tf.json").read_text())


def resources(stack: Json, type_: str) -> list[Json]:
    """Every resource of a type, without cdktf's own notes."""
    return [
        {argument: value for argument, value in resource.items() if argument != "//"}
        for resource in stack.get("resource", {}).get(type_, {}).values()
    ]


def only(stack: Json, type_: str) -> Json:
    """The one resource of a type."""
    (resource,) = resources(stack, type_)
    return resource
