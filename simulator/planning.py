"""What a provider answers to a plan: which values will change, and what must be replaced."""

from collections.abc import Iterator

from simulator import tables
from simulator.values import UNKNOWN, Object, Value, mark_computed, objects
from simulator.wire import tfplugin6_pb2 as pb


def plan(
    type_name: str, block: pb.Schema.Block, prior: Object | None, proposed: Object
) -> tuple[Object, list[pb.AttributePath]]:
    """The planned state, and the arguments whose change replaces the resource.

    Args:
        type_name: the Terraform type, such as `azurerm_subnet`.
        block: its schema.
        prior: the state before, None for a resource to be created.
        proposed: what core made of the configuration and the prior state.
    """
    chosen = tables.CHOSEN_BY_AZURE.get(type_name, frozenset())
    planned = dict(proposed)
    for name in chosen:
        if planned[name] == []:
            planned[name] = prior[name] if prior else UNKNOWN
    if planned == prior:
        return planned, []
    planned = mark_computed(block, planned)
    if prior is not None:
        for name in tables.CHANGES_WITH_ANY_UPDATE.get(type_name, ()):
            planned[name] = UNKNOWN
    return planned, list(_replacing(type_name, block, prior, planned)) if prior else []


def _replacing(type_name: str, block: pb.Schema.Block, prior: Object, planned: Object) -> Iterator[pb.AttributePath]:
    configurable = {each.name for each in block.attributes if each.optional or each.required}
    top_level = tables.FORCE_NEW_ANYWHERE & configurable
    for path in sorted(top_level | tables.FORCE_NEW.get(type_name, frozenset())):
        block_name, _, name = path.rpartition(".")
        if _at(prior, block_name, name) != _at(planned, block_name, name):
            steps = [pb.AttributePath.Step(attribute_name=name)]
            if block_name:
                steps = [
                    pb.AttributePath.Step(attribute_name=block_name),
                    pb.AttributePath.Step(element_key_int=0),
                    *steps,
                ]
            yield pb.AttributePath(steps=steps)


def _at(value: Object, block_name: str, name: str) -> Value:
    if not block_name:
        return value[name]
    blocks = objects(value[block_name])
    return blocks[0][name] if blocks else None
