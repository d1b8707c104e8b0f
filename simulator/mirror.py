"""Install the simulated providers where Terraform looks for the real ones."""

import os
import platform
import shlex
import shutil
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from simulator import schema

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "aks-simulator"

_CODE = Path(__file__).parents[1]
_MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}


def install(folder: Path) -> Path:
    """Make a filesystem mirror with both providers, under the versions the bindings were made from.

    Reading the schemas takes a few seconds the first time and is kept in the user's cache folder.

    Args:
        folder: an existing folder that will hold the mirror, the schemas and a certificate.

    Returns:
        A Terraform CLI configuration that installs providers from that mirror and nowhere else.

    Raises:
        SchemaError: the bindings are missing, or hold something that is not understood.
    """
    _certificate(folder)
    machine = platform.machine().lower()
    target = f"{platform.system().lower()}_{_MACHINES.get(machine, machine)}"
    for name, binding in schema.BINDINGS.items():
        shutil.copy(schema.cached(binding, CACHE), folder / f"{name}.binpb")
        version = schema.provider_version(binding)
        place = folder / "mirror/registry.terraform.io/hashicorp" / name / version / target
        place.mkdir(parents=True)
        program = place / f"terraform-provider-{name}_v{version}"
        # `exec` keeps the process a child of Terraform; sh bears the long paths a shebang does not
        command = shlex.join([sys.executable, "-m", "simulator.plugin", name, str(folder)])
        program.write_text(f"#!/bin/sh\nPYTHONPATH={shlex.quote(str(_CODE))} exec {command}\n")
        program.chmod(0o755)
    config = folder / "terraform.rc"
    config.write_text(
        f'disable_checkpoint = true\nprovider_installation {{\n  filesystem_mirror {{ path = "{folder}/mirror" }}\n}}\n'
    )
    return config


def _certificate(folder: Path) -> None:
    """The certificate that go-plugin insists on, for the loopback inside this machine."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "cert.pem").write_bytes(certificate.public_bytes(pem))
    (folder / "key.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
