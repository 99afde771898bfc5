"""Numbers as people write them: four digits, and whole ones with marks between thousands instead of exponents."""

from __future__ import annotations

from typing import Final

_WHOLE_FROM: Final = 1000
_MOST: Final = 1e12


def plain_number(value: float, sign: str = "") -> str:
    """`0.1234`, `28,320`, `1.2e-05`; `sign` is "+" where it shall always be written."""
    if _WHOLE_FROM <= abs(value) < _MOST:
        return f"{value:{sign},.0f}"
    return f"{value:{sign}.4g}"
