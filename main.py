"""Settings in, two stacks of Terraform JSON out: run it with ``cdktf synth``."""

import sys

from constructs_lib.bindings import load_lazily
from stacks.settings_loader import LoadedSettings, SettingsError, load

load_lazily()  # before cdktf is imported: that starts the Node process

from cdktf import Annotations, App, Aspects  # noqa: E402

from constructs_lib.tags import Tags  # noqa: E402
from stacks.aks import AksStack  # noqa: E402
from stacks.network import NetworkStack  # noqa: E402


def build(app: App, loaded: LoadedSettings) -> None:
    """Add both stacks to the app."""
    network = NetworkStack(app, settings=loaded.settings)
    aks = AksStack(app, settings=loaded.settings)
    aks.add_dependency(network)
    Aspects.of(app).add(Tags(loaded.settings.tags))
    for warning in loaded.warnings:
        Annotations.of(network).add_warning(warning)


if __name__ == "__main__":
    try:
        settings = load()
    except SettingsError as error:
        sys.exit(str(error))
    app = App()
    build(app, settings)
    app.synth()
