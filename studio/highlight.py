"""Python syntax colours for the code that is shown, taken from the theme."""

from __future__ import annotations

import builtins
import keyword
import re

from PySide6.QtGui import QColor, QFont, QSyntaxHighlighter, QTextCharFormat, QTextDocument

from studio.theme import Theme

_WORD = re.compile(
    r"(?P<comment>#[^\n]*)"
    r"|(?P<string>[rbfRBF]{0,2}(?:\"\"\".*?(?:\"\"\"|$)|'''.*?(?:'''|$)|\"(?:\\.|[^\"\\])*\"?|'(?:\\.|[^'\\])*'?))"
    r"|(?P<number>\b\d[\d_]*(?:\.\d*)?(?:[eE][+-]?\d+)?\b)"
    r"|(?P<decorator>^\s*@[\w.]+)"
    r"|(?P<name>[A-Za-z_]\w*)"
)
_KEYWORDS = frozenset(keyword.kwlist)
_BUILTINS = frozenset(name for name in dir(builtins) if not name.startswith("_")) | {"self"}
_PLAIN, _IN_TRIPLE = 0, 1
_TRIPLE = '"""'


class PythonHighlighter(QSyntaxHighlighter):
    """Colours keywords, names being defined, strings, numbers and comments."""

    def __init__(self, document: QTextDocument, theme: Theme) -> None:
        super().__init__(document)
        self._formats: dict[str, QTextCharFormat] = {}
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Colour everything again with another theme."""
        self._formats = {
            "keyword": _format(theme.accent, bold=True),
            "defined": _format(theme.text, bold=True),
            "builtin": _format(theme.text2),
            "string": _format(theme.ok),
            "number": _format(theme.warning),
            "comment": _format(theme.text3, italic=True),
            "decorator": _format(theme.text2),
        }
        self.rehighlight()

    def highlightBlock(self, text: str) -> None:
        start = self._finish_triple(text) if self.previousBlockState() == _IN_TRIPLE else 0
        if start < 0:
            return
        self.setCurrentBlockState(_PLAIN)
        defines = False
        for match in _WORD.finditer(text, start):
            kind = str(match.lastgroup)
            if kind == "name":
                word = match.group()
                kind = _name_kind(word, defines)
                defines = word in ("def", "class")
            elif kind == "string" and _is_open(match.group()):
                self.setCurrentBlockState(_IN_TRIPLE)
            if kind in self._formats:
                self.setFormat(match.start(), match.end() - match.start(), self._formats[kind])

    def _finish_triple(self, text: str) -> int:
        """Colour the rest of a long string; where code goes on, or -1 when the string goes on."""
        end = text.find(_TRIPLE)
        stop = len(text) if end < 0 else end + 3
        self.setFormat(0, stop, self._formats["string"])
        if end < 0:
            self.setCurrentBlockState(_IN_TRIPLE)
            return -1
        return stop


def _name_kind(word: str, defines: bool) -> str:
    if word in _KEYWORDS:
        return "keyword"
    if defines:
        return "defined"
    return "builtin" if word in _BUILTINS else "plain"


def _is_open(string: str) -> bool:
    body = string.lstrip("rbfRBF")
    return body.startswith(_TRIPLE) and (len(body) < 6 or not body.endswith(_TRIPLE))


def _format(color: QColor, bold: bool = False, italic: bool = False) -> QTextCharFormat:
    found = QTextCharFormat()
    found.setForeground(color)
    if bold:
        found.setFontWeight(QFont.Weight.DemiBold)
    found.setFontItalic(italic)
    return found
