"""Reads a provider's schema back from the TypeScript that cdktf generated from it.

That source still states all of it: the flags of each argument in a comment, its nesting and type in the
functions that write HCL, and which arguments are blocks in the doc comments.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from simulator.wire import tfplugin6_pb2 as pb

Mode = pb.Schema.NestingMode

_INTERFACE = re.compile(r"^export interface (\w+)[^{]*\{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
_FIELD = re.compile(r"/\*\*((?:(?!\*/).)*?)\*/\s+readonly \w+(\??):", re.DOTALL)
_CLASS = re.compile(r"^export class (\w+) extends cdktf\.(\w+) \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
_HCL = re.compile(r"^export function (\w+)ToHclTerraform\(.*?^\}", re.MULTILINE | re.DOTALL)
_HCL_FIELD = re.compile(
    r'^ +(\w+): \{\n.*\n +isBlock: \w+,\n +type: "(\w+)",\n +storageClassType: "(\w+)",', re.MULTILINE
)
_ACCESSOR = re.compile(r"  // (\w+) - computed: (\w+), optional: (\w+), required: (\w+)\n(.*?)\n  \}", re.DOTALL)
_NESTED = re.compile(r"= new (\w+?)(List|OutputReference)\(this, \"\w+\"(?:, (\w+))?\)")

_SCALARS = {"string": "string", "number": "number", "boolean": "bool"}
_GETTERS: dict[str, tuple[str | None, str]] = {
    "getStringAttribute": (None, "string"),
    "getNumberAttribute": (None, "number"),
    "getBooleanAttribute": (None, "bool"),
    "getListAttribute": ("list", "string"),
    "getNumberListAttribute": ("list", "number"),
    "getStringMapAttribute": ("map", "string"),
}


class SchemaError(Exception):
    """The bindings hold something this reader does not know: better no schema than a wrong one."""


@dataclass(frozen=True)
class Field:
    """One argument of a struct, before it is known whether it is an attribute or a block."""

    name: str
    computed: bool
    optional: bool
    required: bool
    type: object = None
    struct: str | None = None
    mode: Mode = Mode.INVALID
    single: bool = False
    is_block: bool = False


class Source:
    """The TypeScript of one module: its structs, and the type or provider it describes."""

    def __init__(self, text: str, *, nested_attributes: bool) -> None:
        self._nested_attributes = nested_attributes
        self._interfaces = {m[1]: m[2] for m in _INTERFACE.finditer(text)}
        self._hcl = {m[1].lower(): m[0] for m in _HCL.finditer(text)}
        self._classes = {m[1]: m[3] for m in _CLASS.finditer(text)}
        mains = [m for m in _CLASS.finditer(text) if m[2].startswith("Terraform")]
        if len(mains) != 1:
            raise SchemaError(f"expected one construct in a module, found {len(mains)}")
        self.main, self.kind = mains[0][1], mains[0][2]
        named = re.search(r'static readonly tfResourceType = "(\w+)"', mains[0][3])
        if named is None:
            raise SchemaError(f"{self.main} names no Terraform type")
        self.type_name = named[1]

    def schema(self) -> pb.Schema:
        """The whole schema, as the protocol has it."""
        return pb.Schema(block=self._block(f"{self.main}Config", self._classes[self.main]))

    def _fields(self, struct: str, body: str) -> Iterator[Field]:
        written = body if struct == f"{self.main}Config" else self._hcl.get(struct.lower(), "")
        hcl = {m[1]: (m[2], m[3]) for m in _HCL_FIELD.finditer(written)}
        docs = dict(_documented(self._interfaces.get(struct, "")))
        accessors = {m[1]: m for m in _ACCESSOR.finditer(body)}
        for name in dict.fromkeys([*accessors, *hcl]):
            accessor = accessors.get(name)
            is_block, optional = docs.get(name, (False, True))
            field = Field(name, computed=False, optional=optional, required=not optional)
            if accessor:
                computed, optional, required = (accessor[i] == "true" for i in (2, 3, 4))
                field = Field(name, computed=computed, optional=optional, required=required)
            field = replace(field, is_block=is_block)
            nested = accessor and _NESTED.search(accessor[5])
            if name in hcl:
                yield _from_hcl(field, *hcl[name], bool(nested and nested[2] != "List"))
            elif nested:
                kind = {"true": Mode.SET, "false": Mode.LIST}.get(nested[3] or "", Mode.SINGLE)
                yield replace(field, struct=nested[1], mode=kind)
            else:
                yield replace(field, type=_from_getter(name, accessor[5] if accessor else ""))

    def _struct(self, name: str) -> list[Field]:
        return list(self._fields(name, self._classes.get(f"{name}OutputReference", "")))

    def _block(self, struct: str, body: str | None = None) -> pb.Schema.Block:
        fields = list(self._fields(struct, body)) if body else self._struct(struct)
        block = pb.Schema.Block()
        for field in fields:
            if field.struct and field.is_block:
                block.block_types.append(
                    pb.Schema.NestedBlock(
                        type_name=field.name,
                        block=self._block(field.struct),
                        nesting=field.mode,
                        min_items=int(field.required and field.mode != Mode.SINGLE),
                        max_items=int(field.single and field.mode != Mode.SINGLE),
                    )
                )
            elif not (self.kind == "TerraformProvider" and field.name == "alias"):
                block.attributes.append(self._attribute(field))
        return block

    def _attribute(self, field: Field) -> pb.Schema.Attribute:
        attribute = pb.Schema.Attribute(
            name=field.name,
            required=field.required,
            optional=field.optional,
            computed=field.computed,
        )
        if field.struct and self._nested_attributes:
            attribute.nested_type.nesting = field.mode
            nested = self._struct(field.struct)
            attribute.nested_type.attributes.extend(self._attribute(each) for each in nested)
        else:
            attribute.type = json.dumps(self._type(field)).encode()
        return attribute

    def _type(self, field: Field) -> object:
        if field.struct is None:
            return field.type
        members = {each.name: self._type(each) for each in self._struct(field.struct)}
        collection = {Mode.LIST: "list", Mode.SET: "set"}.get(field.mode)
        return [collection, ["object", members]] if collection else ["object", members]


def _documented(interface: str) -> Iterator[tuple[str, tuple[bool, bool]]]:
    """Terraform name of each argument, with whether it is a block and whether it is optional."""
    for doc, optional in _FIELD.findall(interface):
        name = re.search(r"#(\w+) [^}]*\}", doc)
        if name is None:
            raise SchemaError(f"an argument without a Terraform name: {doc.strip()[:80]}")
        yield name[1], (bool(re.search(rf"\* {name[1]} block\n", doc)), bool(optional))


def _from_hcl(field: Field, kind: str, storage: str, single: bool) -> Field:
    lists = {"list": Mode.LIST, "set": Mode.SET, "struct": Mode.SINGLE}
    if storage in _SCALARS and kind == "simple":
        return replace(field, type=_SCALARS[storage])
    element, _, suffix = storage.partition("List")
    if storage.endswith("Map") and kind == "map" and storage.removesuffix("Map") in _SCALARS:
        return replace(field, type=["map", _SCALARS[storage.removesuffix("Map")]])
    if element in _SCALARS and suffix == "":
        return replace(field, type=[kind, _SCALARS[element]])
    if element in _SCALARS and suffix == "List":
        return replace(field, type=[kind, ["list", _SCALARS[element]]])
    if storage[0].isupper() and kind in lists:
        struct = storage if kind == "struct" else storage.removesuffix("List")
        return replace(field, struct=struct, mode=lists[kind], single=single)
    raise SchemaError(f"{field.name}: unknown kind {kind} of {storage}")


def _from_getter(name: str, body: str) -> object:
    mapping = re.search(r"= new cdktf\.(String|Number|Boolean)Map\(", body)
    if mapping:
        return ["map", _SCALARS[mapping[1].lower()]]
    called = re.search(r"return (.*)this\.(\w+)\('", body)
    if called is None or called[2] not in _GETTERS:
        raise SchemaError(f"{name}: unknown accessor {body!r}")
    kind, element = _GETTERS[called[2]]
    if kind is None:
        return element
    return ["set" if "Fn.tolist" in called[1] else kind, element]
