"""Takes the README's pictures of the real window at work, and with `--all DIR` the window in each of its states.

python tests/screens/take.py [--out DIR]     those that the README shows (default: resources/screenshots)
python tests/screens/take.py --all DIR       every state, two sizes, 100 % and 200 %, light and dark
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from itertools import product
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

sys.path.insert(0, str(Path(__file__).parent))  # also where Python is told to look nowhere by itself

from PIL import Image  # noqa: E402  # the project's own packages come first
from PySide6.QtGui import QImage  # noqa: E402
from PySide6.QtWidgets import QApplication  # noqa: E402

from stage import Stage  # noqa: E402
from states import STATES  # noqa: E402
from studio.settings import ThemeChoice  # noqa: E402

README_SIZE = (1440, 900)
SIZES = (README_SIZE, (1366, 768))
SCALES = (1, 2)
THEMES: tuple[ThemeChoice, ...] = ("light", "dark")
README: tuple[tuple[str, str, dict[ThemeChoice, str]], ...] = (  # the state, which of its pictures, and file names
    ("finished", "finished", {"light": "window-light", "dark": "window-dark"}),
    ("spirals", "regions", {"dark": "spirals-dark"}),
    ("begun", "welcome", {"light": "welcome"}),
)


def take_readme(out: Path) -> None:
    """The pictures of the README."""
    with tempfile.TemporaryDirectory(prefix="layerloom-screens-") as folder:
        for state, shown, pictures in README:
            stage = Stage(Path(folder) / state)
            try:
                next(name for name in STATES[state](stage) if name == shown)
                for theme, picture in pictures.items():
                    save(stage.shot(README_SIZE, theme), out / f"{picture}.png")
            finally:
                stage.close()


def take_states(names: list[str], out: Path, scale: int, *, half: bool) -> None:
    """Bring a window into each state in turn, and take it in all sizes and colours, or each size in one of them."""
    looks = list(zip(SIZES, THEMES, strict=True)) if half else [(size, theme) for theme, size in product(THEMES, SIZES)]
    with tempfile.TemporaryDirectory(prefix="layerloom-screens-") as folder:
        for name in names:
            stage = Stage(Path(folder) / name)
            try:
                for shown in STATES[name](stage):
                    for (width, height), theme in looks:
                        picture = f"{shown}-{width}x{height}-{100 * scale}-{theme}.png"
                        keep(stage.shot((width, height), theme), out / picture)
                    looks.reverse()  # to put other colours on takes longest
            finally:
                stage.close()


def keep(image: QImage, path: Path) -> None:
    """Write a PNG of just these colours, to be looked at."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image.convertToFormat(QImage.Format.Format_RGB888).save(str(path), "PNG", 80)  # type: ignore[call-overload]
    print(path)


def save(image: QImage, path: Path) -> None:
    """Write a small PNG: a window of flat colours needs hardly more than 256 of them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = image.convertToFormat(QImage.Format.Format_RGB888)
    size = (picture.width(), picture.height())
    colours = Image.frombuffer("RGB", size, bytes(picture.constBits()), "raw", "RGB", picture.bytesPerLine(), 1)
    colours.quantize(256, kmeans=2, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path}  {path.stat().st_size / 1000:.0f} kB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=ROOT / "resources" / "screenshots")
    parser.add_argument("--all", type=Path, metavar="DIR", help="write every state into this folder")
    parser.add_argument("--state", action="append", choices=sorted(STATES), help="with --all: only this one")
    parser.add_argument("--scale", type=int, choices=SCALES, help="with --all: only this scale")
    parser.add_argument("--half", action="store_true", help="with --all: each size in one of the colours")
    given = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    if given.all is not None and given.scale is None:
        for scale in SCALES:  # a process has one scale, from its start
            subprocess.run([sys.executable, "-P", __file__, *sys.argv[1:], "--scale", str(scale)], check=True)
        return
    os.environ["QT_SCALE_FACTOR"] = str(given.scale or 1)
    app = QApplication(["layerloom"])
    app.setQuitOnLastWindowClosed(False)
    if given.all is None:
        take_readme(given.out)
    else:
        take_states(given.state or list(STATES), given.all, given.scale, half=given.half)


if __name__ == "__main__":
    main()
