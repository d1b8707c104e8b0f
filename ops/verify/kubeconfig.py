"""Kubeconfigs: how to reach a cluster, and as whom."""

import logging
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, cast

from ops.verify.answers import Unanswered, one_line


def as_kubeconfig(text: str) -> dict[str, Any]:
    """Reads a kubeconfig, YAML or JSON.

    Raises:
        Unanswered: it is neither.
    """
    import yaml  # noqa: PLC0415 - see open_client

    try:
        content: object = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise Unanswered("the kubeconfig is not YAML") from error
    if not isinstance(content, dict):
        raise Unanswered("the kubeconfig is not a mapping")
    return cast("dict[str, Any]", content)


def open_client(kubeconfig: Mapping[str, Any] | Path, *, context: str | None) -> Any:
    """Makes the official client, which has no types worth the name.

    Raises:
        Unanswered: the kubeconfig cannot be used.
    """
    # imported here: 0.2 s that --help and a mistyped option need not wait for
    config: Any = import_module("kubernetes.config")
    settings: Any = import_module("kubernetes.client").Configuration()
    settings.retries = False
    for name in ("kubernetes", "urllib3"):
        logging.getLogger(name).addHandler(logging.NullHandler())
    try:
        if isinstance(kubeconfig, Path):
            client = config.new_client_from_config(
                str(kubeconfig), context, persist_config=False, client_configuration=settings
            )
        else:
            client = config.new_client_from_config_dict(dict(kubeconfig), context, client_configuration=settings)
    except Exception as error:
        # the client raises anything from TypeError to yaml errors for a kubeconfig that is not one
        raise Unanswered(f"the kubeconfig cannot be used: {one_line(error)}") from error
    return client
