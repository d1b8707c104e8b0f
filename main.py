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
from stacks.settings import Settings  # noqa: E402


def add_stacks(app: App, settings: Settings, *, suffix: str = "") -> NetworkStack:
    """Add both stacks, in their order and with their tags; a suffix keeps several pairs in one app apart."""
    network_id, aks_id = f"network{suffix}", f"aks{suffix}"
    network = NetworkStack(app, network_id, settings=settings)
    aks = AksStack(app, aks_id, settings=settings, network_stack_id=network_id)
    aks.add_dependency(network)
    for stack in (network, aks):
        Aspects.of(stack).add(Tags(settings.tags))
    return network


def build(loaded: LoadedSettings, *, outdir: str | None = None) -> App:
    """Make the app with both stacks; the CDKTF command line says where it writes unless ``outdir`` does."""
    app = App(outdir=outdir, stack_traces=False)  # traces would put this machine's paths into the JSON
    network = add_stacks(app, loaded.settings)
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
