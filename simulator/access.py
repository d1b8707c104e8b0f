"""Where the simulated APIs are, and what it takes to be let in.

Nothing but the standard library, since every plugin process reads it.
"""

import json
from base64 import b64encode
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self

ACCESS_FILE = "access.json"


@dataclass(frozen=True, kw_only=True)
class Access:
    """Access to a server on loopback, good for the life of a sandbox and for nothing else.

    Attributes:
        url: where it is.
        authority: who signs, as PEM.
        certificate: a client's, as PEM.
        key: that of the client, as PEM.
        token: lets a client in that has no certificate.
    """

    url: str
    authority: str
    certificate: str = field(repr=False)
    key: str = field(repr=False)
    token: str = field(repr=False)

    @property
    def credentials(self) -> dict[str, str]:
        """What a client needs, in base64, by the names that azurerm has for it."""
        pem = {
            "client_certificate": self.certificate,
            "client_key": self.key,
            "cluster_ca_certificate": self.authority,
        }
        return {name: b64encode(text.encode()).decode() for name, text in pem.items()}

    @classmethod
    def read(cls, home: Path) -> Self:
        """Read what `write` left."""
        return cls(**json.loads((home / ACCESS_FILE).read_text()))

    def write(self, home: Path) -> None:
        """Leave it where the simulated providers find it."""
        path = home / ACCESS_FILE
        path.touch(mode=0o600)
        path.write_text(json.dumps(asdict(self)))
