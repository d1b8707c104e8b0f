"""The generated messages are those of the protocol file."""

import subprocess
import sys
from pathlib import Path

import pytest

from simulator.sandbox import PROJECT

WIRE = PROJECT / "simulator" / "wire"


@pytest.mark.parametrize("name", ["tfplugin6_pb2.py", "tfplugin6_pb2.pyi"])
def test_the_messages_are_generated_from_the_protocol_file_as_it_is(name: str, tmp_path: Path) -> None:
    outputs = (f"--python_out={tmp_path}", f"--pyi_out={tmp_path}")
    protoc = (sys.executable, "-m", "grpc_tools.protoc")
    subprocess.run([*protoc, "-I", str(WIRE), *outputs, "tfplugin6.proto"], check=True, timeout=60)
    assert (tmp_path / name).read_text() == (WIRE / name).read_text()
