"""What the settings of a project say of its training step, so that it can be drawn."""

from __future__ import annotations

from collections.abc import Sequence

from graph.fields import Field
from graph.flow import TensorInfo
from graph.model import Project
from graph.ops.catalog import Catalog
from graph.simple_step import Judged
from runtime.script_heads import HeadCode
from runtime.settings import Head, resolve_training


def judged_of(
    catalog: Catalog, project: Project, fields: Sequence[Field], ports: dict[tuple[str, str], TensorInfo]
) -> tuple[Judged, ...]:
    """How each Output of the trained network is judged; LoomError where a setting cannot be used.

    `ports` are the shapes that flow, which decide how a target is made ready for its loss.
    """
    settings = resolve_training(catalog, project, fields)
    return tuple(_judged(head, project, ports) for head in settings.heads)


def _judged(head: Head, project: Project, ports: dict[tuple[str, str], TensorInfo]) -> Judged:
    wire = next(iter(project.main().wires_in(head.uid)), None)
    info = ports.get((wire.source, wire.source_port)) if wire is not None else None
    target = "same"
    if info is not None:
        code = HeadCode(head=head, index=0, variable="", prefix="", constant="", info=info, unscales=False)
        kind = head.fit.target
        if kind == "index":
            target = "same"
        elif kind == "same":
            target = "column" if code.widens_target else "same"
        elif code.is_single and kind != "signs":
            target = "float column" if code.widens_target else "float"
        else:
            target = "unknown"
    params = dict(head.loss.params)
    loss = head.loss.key if target != "unknown" else f"{head.loss.key} of several outputs"
    return Judged(uid=head.uid, answers=head.field.name, loss=loss, params=params, weight=head.weight, target=target)
