"""What the app remembers between starts: theme, recent files, window geometry; one JSON file, never in the project."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from platformdirs import user_config_path, user_data_path

from graph.code_style import CodeStyle
from runtime.code_layout import LAYOUTS, Layout

ThemeChoice = Literal["system", "light", "dark"]
THEME_CHOICES: tuple[ThemeChoice, ...] = ("system", "light", "dark")
WheelChoice = Literal["auto", "mouse", "touchpad"]
WHEEL_CHOICES: tuple[WheelChoice, ...] = ("auto", "mouse", "touchpad")
MotionChoice = Literal["system", "reduced", "full"]
MOTION_CHOICES: tuple[MotionChoice, ...] = ("system", "reduced", "full")
SCALES = (80, 90, 100, 110, 125, 150, 175, 200)  # per cent
MAX_RECENT = 12
MAX_RECENT_COMMANDS = 8
MAX_KEYS = 500
MAX_DATA_PATHS = 500
MAX_TRUSTED = 2_000


_FIRST_GROUPS = ("Activation", "Blocks", "Convolution", "Dense", "Dropout", "Input and output", "Pooling", "Reshape")


class AppSettings:
    """Settings of this person on this machine. Reading never fails: a damaged file is as good as none."""

    def __init__(self, path: Path | None = None, data_folder: Path | None = None) -> None:
        self.path = path or user_config_path("layerloom") / "settings.json"
        self.data_folder = data_folder or user_data_path("layerloom")
        self._values: dict[str, Any] = _read(self.path)

    @property
    def theme(self) -> ThemeChoice:
        """Which colours to show; `system` follows the desktop."""
        chosen = self._values.get("theme")
        return next((choice for choice in THEME_CHOICES if choice == chosen), "system")

    @theme.setter
    def theme(self, choice: ThemeChoice) -> None:
        self._put("theme", choice)

    @property
    def wheel(self) -> WheelChoice:
        """What turning the wheel over the canvas does."""
        chosen = self._values.get("wheel")
        return next((choice for choice in WHEEL_CHOICES if choice == chosen), "auto")

    @wheel.setter
    def wheel(self, choice: WheelChoice) -> None:
        self._put("wheel", choice)

    @property
    def motion(self) -> MotionChoice:
        """Whether things glide; `system` follows the desktop."""
        chosen = self._values.get("motion")
        return next((choice for choice in MOTION_CHOICES if choice == chosen), "system")

    @motion.setter
    def motion(self, choice: MotionChoice) -> None:
        self._put("motion", choice)

    @property
    def scale(self) -> int:
        """How large everything is, in per cent of what the system says."""
        chosen = self._values.get("scale")
        return chosen if isinstance(chosen, int) and chosen in SCALES else 100

    @scale.setter
    def scale(self, percent: int) -> None:
        self._put("scale", percent)

    @property
    def code_style(self) -> CodeStyle:
        """Whether code is written with type hints and comments."""
        return CodeStyle(hints=self.flag("code_hints", True), comments=self.flag("code_comments", True))

    @code_style.setter
    def code_style(self, style: CodeStyle) -> None:
        self.set_flag("code_hints", style.hints)
        self.set_flag("code_comments", style.comments)

    @property
    def code_layout(self) -> Layout:
        """How exported code is shared out over files."""
        chosen = self._values.get("code_layout")
        return next((layout for layout in LAYOUTS if layout == chosen), "files")

    @code_layout.setter
    def code_layout(self, layout: Layout) -> None:
        self._put("code_layout", layout)

    @property
    def keys(self) -> Mapping[str, tuple[str, ...]]:
        """The keys that the person gave to actions, by the name of the action; no keys is a choice too."""
        rows = self._values.get("keys")
        found: dict[str, tuple[str, ...]] = {}
        for name, keys in list(rows.items())[:MAX_KEYS] if isinstance(rows, dict) else ():
            if isinstance(keys, list) and all(isinstance(key, str) for key in keys):
                found[name] = tuple(keys)
        return found

    @keys.setter
    def keys(self, keys: Mapping[str, Sequence[str]]) -> None:
        self._put("keys", {name: list(row) for name, row in keys.items()})

    @property
    def recent_commands(self) -> tuple[str, ...]:
        """The names of the commands that were searched for lately, latest first."""
        rows = self._values.get("recent_commands")
        return tuple(row for row in rows if isinstance(row, str)) if isinstance(rows, list) else ()

    def add_recent_command(self, name: str) -> None:
        """Put a command at the top of the recent ones."""
        rows = [name, *(other for other in self.recent_commands if other != name)]
        self._put("recent_commands", rows[:MAX_RECENT_COMMANDS])

    def row(self, name: str) -> dict[str, Any]:
        """What is kept under a name by keys of its own, such as views by project."""
        row = self._values.get(name)
        return dict(row) if isinstance(row, dict) else {}

    def set_row(self, name: str, row: Mapping[str, object]) -> None:
        """Keep values by keys of their own."""
        self._put(name, dict(row))

    @property
    def recent(self) -> tuple[Path, ...]:
        """Projects opened or saved lately, latest first, those that are still there."""
        return tuple(path for path in self.all_recent if path.is_file())

    @property
    def all_recent(self) -> tuple[Path, ...]:
        """The same with those that are gone, or on a disk that is not there now; nothing is looked up for it."""
        rows = self._values.get("recent")
        return tuple(Path(row) for row in rows if isinstance(row, str)) if isinstance(rows, list) else ()

    def add_recent(self, path: Path) -> None:
        """Put a project at the top of the recent ones."""
        here = path.resolve()
        rows = [here, *(other for other in self.all_recent if other != here)]
        self._put("recent", [str(row) for row in rows[:MAX_RECENT]])

    def forget_recent(self, path: Path) -> None:
        """Take one project out of the recent ones."""
        self._put("recent", [str(row) for row in self.all_recent if row != path])

    def clear_recent(self) -> None:
        """Forget the recent projects."""
        self._put("recent", [])

    @property
    def favourites(self) -> tuple[str, ...]:
        """The keys of the layers that have a star in the palette."""
        rows = self._values.get("favourites")
        return tuple(row for row in rows if isinstance(row, str)) if isinstance(rows, list) else ()

    @favourites.setter
    def favourites(self, keys: Sequence[str]) -> None:
        self._put("favourites", list(keys))

    @property
    def open_groups(self) -> tuple[str, ...]:
        """The groups that are open in the palette; at first those of the usual layers."""
        rows = self._values.get("open_groups")
        return tuple(row for row in rows if isinstance(row, str)) if isinstance(rows, list) else _FIRST_GROUPS

    @open_groups.setter
    def open_groups(self, names: Sequence[str]) -> None:
        self._put("open_groups", list(names))

    @property
    def data_paths(self) -> tuple[str, ...]:
        """Data outside their project's folder that the person chose herself or said may be read, latest first."""
        rows = self._values.get("data_paths")
        return tuple(row for row in rows if isinstance(row, str)) if isinstance(rows, list) else ()

    def add_data_path(self, path: str) -> None:
        """Remember that data there may be read."""
        rows = [path, *(other for other in self.data_paths if other != path)]
        self._put("data_paths", rows[:MAX_DATA_PATHS])

    @property
    def trusted_python(self) -> frozenset[str]:
        """The fingerprints of the Python that the person wrote herself or said may run."""
        return frozenset(self._trusted())

    def add_trusted_python(self, fingerprint: str) -> None:
        """Remember that Python of this fingerprint may run; of very many the oldest are forgotten."""
        rows = [fingerprint, *(other for other in self._trusted() if other != fingerprint)]
        self._put("trusted_python", rows[:MAX_TRUSTED])

    def _trusted(self) -> list[str]:
        rows = self._values.get("trusted_python")
        return [row for row in rows if isinstance(row, str) and row] if isinstance(rows, list) else []

    def blob(self, name: str) -> bytes:
        """Bytes kept under a name (`geometry`, `layout`), or nothing."""
        text = self._values.get(name)
        try:
            return bytes.fromhex(text) if isinstance(text, str) else b""
        except ValueError:
            return b""

    def set_blob(self, name: str, data: bytes) -> None:
        """Keep bytes under a name; nothing removes it."""
        self._put(name, data.hex() if data else None)

    def flag(self, name: str, default: bool = False) -> bool:
        """A yes or no kept under a name."""
        value = self._values.get(name)
        return value if isinstance(value, bool) else default

    def set_flag(self, name: str, value: bool) -> None:
        """Keep a yes or no."""
        self._put(name, value)

    def _put(self, name: str, value: object) -> None:
        if self._values.get(name) == value:
            return
        self._values[name] = value
        _write(self.path, self._values)


def _read(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return values if isinstance(values, dict) else {}


def _write(path: Path, values: dict[str, Any]) -> None:
    """Write whole or not at all; settings that cannot be kept must not stop anyone's work."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".settings-")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(values, file, indent=1, sort_keys=True)
        os.replace(temporary, path)
    except OSError:
        return
