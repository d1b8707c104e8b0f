import os

import pytest

from constructs_lib.bindings import load_lazily

load_lazily()  # before any test module imports cdktf


@pytest.fixture(autouse=True)
def no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("AZ_"):
            monkeypatch.delenv(name)
