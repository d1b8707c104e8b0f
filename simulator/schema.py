"""Provider schemas, taken from the prebuilt bindings that the app itself uses.

Every module of a binding carries, in its source map, the TypeScript it was compiled from.
"""

import hashlib
import json
import re
import tarfile
from base64 import b64decode
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from tempfile import NamedTemporaryFile

from simulator import tables, typescript
from simulator.typescript import SchemaError, Source
from simulator.wire import tfplugin6_pb2 as pb

_SOURCE_MAP = re.compile(rb"//# sourceMappingURL=data:application/json;base64,(\S+)")


@dataclass(frozen=True)
class Binding:
    """A prebuilt provider as it is installed.

    `nested_attributes` says whether the provider was written on the plugin framework, whose objects
    are nested attributes; the older SDK has plain attributes of an object type in their place.
    """

    provider: str
    nested_attributes: bool

    @property
    def distribution(self) -> str:
        """Name of the Python package."""
        return f"cdktf-cdktf-provider-{self.provider}"

    def folder(self) -> Path:
        """Where the package is, found without importing it (that takes seconds)."""
        spec = find_spec(self.distribution.replace("-", "_"))
        if spec is None or spec.submodule_search_locations is None:
            raise SchemaError(f"{self.distribution} is not installed; make setup installs it")
        return Path(spec.submodule_search_locations[0])


BINDINGS = {
    "azurerm": Binding("azurerm", nested_attributes=False),
    "helm": Binding("helm", nested_attributes=True),
}


def derive(binding: Binding) -> pb.ProviderSchema:
    """Read every type of a binding (about three seconds for azurerm).

    Raises:
        SchemaError: the bindings are missing, or hold something this reader does not know.
    """
    result = pb.ProviderSchema(server_capabilities=pb.ServerCapabilities(get_provider_schema_optional=True))
    with tarfile.open(next(binding.folder().glob("_jsii/*.jsii.tgz"))) as archive:
        for member in archive:
            if not re.fullmatch(r"package/lib/[^/]+/index\.js", member.name):
                continue
            file = archive.extractfile(member)
            encoded = _SOURCE_MAP.search(file.read()) if file else None
            if encoded is None:
                raise SchemaError(f"{member.name} of {binding.distribution} has no source map")
            (text,) = json.loads(b64decode(encoded[1]))["sourcesContent"]
            try:
                source = Source(text, nested_attributes=binding.nested_attributes)
                schema = source.schema()
            except SchemaError as error:
                raise SchemaError(f"{member.name} of {binding.distribution}: {error}") from error
            for attribute in schema.block.attributes:
                attribute.sensitive = attribute.name in tables.SENSITIVE.get(source.type_name, ())
            if source.kind == "TerraformProvider":
                result.provider.CopyFrom(schema)
            elif source.kind == "TerraformDataSource":
                result.data_source_schemas[source.type_name].CopyFrom(schema)
            else:
                result.resource_schemas[source.type_name].CopyFrom(schema)
    return result


def cached(binding: Binding, folder: Path) -> Path:
    """A file with the binding's `ProviderSchema`, made now if `folder` does not hold it yet.

    The name holds the binding's version and a digest of the code that reads it, so a file is never
    out of date; several processes may ask at once.
    """
    code = [Path(str(each)).read_bytes() for each in (__file__, tables.__file__, typescript.__file__)]
    digest = hashlib.sha256(b"".join(code)).hexdigest()[:12]
    path = folder / f"{binding.provider}-{version(binding.distribution)}-{digest}.binpb"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=folder, delete=False) as file:
            file.write(derive(binding).SerializeToString())
        Path(file.name).replace(path)
    return path


def provider_version(binding: Binding) -> str:
    """The version of the Terraform provider that a binding was generated from."""
    text = (binding.folder() / "provider" / "__init__.py").read_text()
    found = re.search(rf"registry\.terraform\.io/providers/hashicorp/{binding.provider}/([\d.]+)/", text)
    if found is None:
        raise SchemaError(f"{binding.distribution} does not say which provider it was made from")
    return found[1]
