"""A problem: a diagnosis pinned to a node, port or setting, with repairs that were tried before they are offered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from graph.edit_rows import edit_from_json, edit_to_json
from graph.edits import Edit

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """A repair: a verb phrase for the button ("Insert Flatten") and the edit that does it."""

    label: str
    edit: Edit


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong, where, and what would mend it. `code` is a stable word such as `unwired`.

    An `error` keeps the drawing from training; a `warning` does not. `section` and `key` point at a setting
    ("data", "training") when the problem is not in the drawing.
    """

    code: str
    message: str
    severity: Severity = "error"
    network: str = ""
    node: str = ""
    port: str = ""
    section: str = ""
    key: str = ""
    fixes: tuple[Fix, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """A JSON object that `from_json` reads back."""
        return {
            "code": self.code,
            "message": self.message,
            "severity": self.severity,
            "network": self.network,
            "node": self.node,
            "port": self.port,
            "section": self.section,
            "key": self.key,
            "fixes": [{"label": fix.label, "edit": edit_to_json(fix.edit)} for fix in self.fixes],
        }

    @staticmethod
    def from_json(row: Mapping[str, Any]) -> Problem:
        """The problem that `to_json` wrote."""
        values = dict(row)
        values["fixes"] = tuple(
            Fix(label=fix["label"], edit=edit_from_json(fix["edit"])) for fix in row.get("fixes", ())
        )
        return Problem(**values)
