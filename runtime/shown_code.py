"""The code of a drawing as the window shows it: made after each analysis, and anew where only its words changed."""

from __future__ import annotations

import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from graph.blocks import catalog_of
from graph.code_style import CodeStyle, styled
from graph.codegen import emit_model
from graph.errors import LoomError
from graph.files import parse
from graph.measure import ShapeMemo
from graph.model import Project
from graph.ops.catalog import Catalog
from graph.problems import Problem
from graph.report import ShapeReport
from runtime.judging import has_errors
from runtime.plan import LoadPlan
from runtime.script import emit_script

Lines = Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    """What the analysis of a revision found; the catalogue knows which Python may run."""

    catalog: Catalog
    revision: int
    base: Path | None
    plan: LoadPlan | None
    report: ShapeReport | None
    problems: Sequence[Problem]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Files by name; for each node its lines of model.py, of what it calls, and of a drawn step in train.py."""

    code: Mapping[str, str] = field(default_factory=dict)
    lines: Lines = field(default_factory=dict)
    definitions: Lines = field(default_factory=dict)
    step_lines: Lines = field(default_factory=dict)


def style_of(request: Mapping[str, Any]) -> CodeStyle:
    """The style that a request asks for; all that can be said, where it says nothing."""
    return CodeStyle(hints=request.get("hints") is not False, comments=request.get("comments") is not False)


class ShownCode:
    """Writes code in `style`. It keeps what the last analysis found, so that other notes need no other shapes."""

    def __init__(self, memo: ShapeMemo) -> None:
        self._memo = memo
        self._judged: _Judged | None = None
        self.style = CodeStyle()

    def of(
        self,
        catalog: Catalog,
        revision: int,
        project: Project,
        base: Path | None,
        plan: LoadPlan | None,
        report: ShapeReport | None,
        problems: list[Problem],
    ) -> Shown:
        """The three files when the drawing can be trained, the module alone while only that can be written.

        Nothing is run, so Python that is not trusted stands there to be read.
        """
        self._judged = _Judged(
            catalog=catalog, revision=revision, base=base, plan=plan, report=report, problems=tuple(problems)
        )
        return self._written(project, self._judged, problems)

    def again(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        """The code of the same revision with other notes, places or style; without code where it is not the last."""
        self.style = style_of(request)
        judged = self._judged
        answer: dict[str, Any] = {"kind": "code", "id": request.get("id"), "code": None, "lines": {}, "step_lines": {}}
        answer["definitions"] = {}
        if judged is None or judged.revision != request.get("revision"):
            return answer
        try:
            shown = self._written(parse(str(request["project"])), judged, [*judged.problems])
        except Exception:  # noqa: BLE001  # the process must answer; the traceback goes to the log
            traceback.print_exc()
            return answer
        kinds = {"lines": shown.lines, "step_lines": shown.step_lines, "definitions": shown.definitions}
        found = {kind: {uid: list(numbers) for uid, numbers in each.items()} for kind, each in kinds.items()}
        return answer | {"code": dict(shown.code), **found}

    def _written(self, project: Project, judged: _Judged, problems: list[Problem]) -> Shown:
        plan, report = judged.plan, judged.report
        if report is None:
            return Shown()
        try:
            if plan is not None and not has_errors(problems):
                scripts = emit_script(
                    judged.catalog, project, plan.fields, judged.base, report=report, plan=plan, memo=self._memo
                )
                model = styled(scripts.model, self.style, scripts.origins)
                train = styled(scripts.train, self.style)
                code = {
                    "model.py": model.text,
                    "train.py": train.text,
                    "requirements.txt": scripts.requirements,
                }
                return Shown(
                    code=code,
                    lines=model.lines(scripts.lines),
                    definitions=model.lines(scripts.definitions),
                    step_lines=train.lines(scripts.step_lines),
                )
        except LoomError as error:
            problems.append(Problem(code="script", message=str(error), section="training"))
        try:
            emitted = emit_model(catalog_of(judged.catalog, project), project.main(), report)
        except LoomError:
            return Shown()  # why it cannot be written stands among the problems
        model = styled(emitted.text, self.style, emitted.origins)
        lines, definitions = model.lines(emitted.lines), model.lines(emitted.definitions)
        return Shown(code={"model.py": model.text}, lines=lines, definitions=definitions)
