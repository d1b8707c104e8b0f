"""Charts: loaded and rendered by Helm's own engine."""

import json
import re
import time
from collections.abc import Mapping
from typing import Any, cast

from simulator.cloud import RefusedError
from simulator.values import UNKNOWN, Object, Value, objects


def namespace_of(release: Object) -> str:
    """Namespace a release lives in."""
    named = release["namespace"]
    return named if isinstance(named, str) else "default"


def render(release: Object) -> dict[str, str]:
    """Load and render a release's chart with Helm's engine: template path to manifest.

    Raises:
        RefusedError: the chart cannot be loaded, or its values or templates are not valid.
    """
    import helm_python as engine  # noqa: PLC0415 - 60 MB that only a release needs

    chart = str(release["chart"])
    try:
        with engine.Chart.load(chart) as loaded:
            values: dict[str, Any] = {}
            for document in texts(release["values"]):
                values = _merge(values, engine.values_from_yaml(document))
            for each in [*objects(release["set"]), *objects(release["set_sensitive"])]:
                if UNKNOWN in (each["value"], each["name"]):
                    continue
                as_text = each["type"] == "string"
                parse = engine.parse_set_string_values if as_text else engine.parse_set_string
                values = _merge(values, parse(f"{each['name']}={each['value']}"))
            return loaded.render(values, name=str(release["name"]), namespace=namespace_of(release), is_install=True)
    except engine.HelmError as error:
        raise RefusedError(f"chart {chart}: {error}") from error


def objects_in(rendered: Mapping[str, str]) -> list[Object]:
    """The Kubernetes objects of a rendered chart."""
    import helm_python as engine  # noqa: PLC0415 - see render

    files = [text for path, text in rendered.items() if path.endswith((".yaml", ".yml"))]
    documents = [each for text in files for each in re.split(r"^---$", text, flags=re.MULTILINE)]
    return [parsed for each in documents if (parsed := cast("Object", engine.values_from_yaml(each)))]


def texts(value: Value) -> list[str]:
    """The strings of a list that may be absent."""
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _merge(under: dict[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(under)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _merge(merged[key], cast("dict[str, Any]", value)) if both else value
    return merged


def told_of(release: Object, *, revision: int) -> Object:
    """What Helm tells about a release once it is there."""
    import helm_python as engine  # noqa: PLC0415 - see render

    with engine.Chart.load(str(release["chart"])) as loaded:
        chart = loaded.metadata
    now = int(time.time())
    metadata: Object = {
        "app_version": chart.get("appVersion", ""),
        "chart": chart["name"],
        "first_deployed": now,
        "last_deployed": now,
        "name": release["name"],
        "namespace": namespace_of(release),
        "notes": "",
        "revision": revision,
        "values": json.dumps(texts(release["values"])),
        "version": chart["version"],
    }
    return {
        "id": release["name"],
        "namespace": namespace_of(release),
        "metadata": metadata,
        "status": "deployed",
        "version": chart["version"],
    }
