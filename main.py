"""Settings in, two stacks of Terraform JSON out: ``cdktf synth`` runs it."""

import gc
import sys

from constructs_lib.bindings import load_lazily

load_lazily()  # before cdktf is imported; Node starts while the settings are read

from stacks.settings_loader import LoadedSettings, SettingsError, load  # noqa: E402, I001

from cdktf import Annotations, App, Aspects  # noqa: E402
from constructs_lib.tags import Tags  # noqa: E402
from stacks.aks import AksStack  # noqa: E402
from stacks.network import NetworkStack  # noqa: E402


def build(loaded: LoadedSettings, *, outdir: str | None = None) -> App:
    """Make the app with both stacks; the CDKTF command line says where it writes unless ``outdir`` does."""
    app = App(outdir=outdir, stack_traces=False)  # traces would put this machine's paths into the JSON
    network = NetworkStack(app, settings=loaded.settings)
    aks = AksStack(app, settings=loaded.settings)
    aks.add_dependency(network)
    for stack in (network, aks):
        Aspects.of(stack).add(Tags(loaded.settings.tags))
    for warning in loaded.warnings:
        Annotations.of(network).add_warning(warning)
    return app


if __name__ == "__main__":
    try:
        settings = load()
    except SettingsError as error:
        sys.exit(str(error))
    build(settings).synth()
    gc.freeze()  # the process ends: looking through all it holds once more takes longer than the synth itself
