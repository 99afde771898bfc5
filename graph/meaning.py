"""What of a module's text means anything: its syntax tree, without docstrings and comments."""

from __future__ import annotations

import ast


def meaning(text: str) -> str:
    """The same for two texts when Python does the same with both."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            del node.body[0]
    return ast.dump(tree)
