"""What a network holds once it is built: its weights and buffers by their paths, measured without room for a number."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from graph.codegen import emit_model
from graph.errors import DrawingError
from graph.model import Project
from graph.ops.catalog import Catalog
from graph.report import ShapeReport

Sizes = tuple[int, ...]


def built_shapes(
    catalog: Catalog, project: Project, reports: Mapping[str, ShapeReport], name: str
) -> Mapping[str, Sizes]:
    """The shapes of the parameters and buffers of a network; none where it cannot be built, or must not run."""
    try:
        emitted = emit_model(catalog, project.networks[name], reports[name])
    except DrawingError:
        return {}  # of what is wrong with the network itself, the network says
    if emitted.untrusted or emitted.origins:
        return {}
    return _shapes_of(emitted.text, emitted.program.class_name)


@lru_cache(maxsize=4)
def _shapes_of(text: str, class_name: str) -> Mapping[str, Sizes]:
    import torch  # lazy: the window reads settings without torch

    from runtime.loader import load_model, unload

    module = load_model(text, ())
    try:
        with torch.device("meta"):
            network = getattr(module, class_name)()
        held = dict(network.named_parameters()) | dict(network.named_buffers())
        return {path: tuple(one.shape) for path, one in held.items()}
    finally:
        unload(module)
