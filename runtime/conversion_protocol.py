"""What the window and the process that converts networks say to each other, torch-free; one JSON object a line.

The process is started for a run and a format. It tries the conversion and says `tried`; then it reads where to write,
as often as it is told, and says `written` or `problem`.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

Format = Literal["safetensors", "pt2", "onnx"]
FILES: Final[Mapping[str, str]] = {"safetensors": "weights.safetensors", "pt2": "model.pt2", "onnx": "model.onnx"}
FACTS_FILE: Final = "model.json"
_NEEDED_FOR_ONNX: Final = ("onnx", "onnxscript", "onnxruntime")


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """What does not convert, or converts to something else. `node` is the uid of the node, where it is known."""

    text: str
    node: str = ""
    is_problem: bool = True

    def to_json(self) -> dict[str, Any]:
        """A JSON object that `from_json` reads back."""
        return {"text": self.text, "node": self.node, "is_problem": self.is_problem}

    @staticmethod
    def from_json(row: Mapping[str, Any]) -> Remark:
        """The remark that `to_json` wrote."""
        return Remark(text=str(row["text"]), node=str(row["node"]), is_problem=bool(row["is_problem"]))


def onnx_missing() -> str:
    """What to do before networks can be exported as ONNX, or nothing. The packages are looked for, not imported."""
    missing = [name for name in _NEEDED_FOR_ONNX if importlib.util.find_spec(name) is None]
    if not missing:
        return ""
    return f"ONNX needs {', '.join(missing)}. Install with: pip install \"layerloom[onnx]\""
