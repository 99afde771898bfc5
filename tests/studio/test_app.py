"""The start of the window: soon seen, without torch, and with pyqtgraph only afterwards."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from graph import files
from studio.settings import AppSettings

SCRIPT = """
import sys
from PySide6.QtCore import QTimer
import studio.app, studio.session

told = []
show = studio.session.Session.show
def shown(self, path=None):
    show(self, path)
    told.append("pyqtgraph" in sys.modules)
    def look():
        if self.controller.state.kind == "idle" and self.training.face.press == "train":
            self.training.press()
        if self.controller.state.kind == "finished" and self.controller.is_spare_ready():
            self.timer.stop()
            print("path", self.document.path.name, "step", self.controller.state.step)
            self.window.close()
    self.timer = QTimer(interval=50, timeout=look)
    self.timer.start()
studio.session.Session.show = shown
status = studio.app.main(sys.argv[1])
print("early pyqtgraph", told[0])
print("too much", sorted({"torch", "sklearn", "scipy", "safetensors", "PIL"} & {*sys.modules}))
print("status", status)
"""


def test_the_window_opens_an_example_trains_it_and_loads_no_torch(tmp_path: Path) -> None:
    example = Path(__file__).resolve().parents[2] / "examples" / "digits-dense.loom"
    project = files.read(example)
    project.training.update(epochs=1, batch_size=64, threads=1)
    example = tmp_path / example.name
    files.write(example, project)
    homes = {"XDG_CONFIG_HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path), "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, "-P", "-c", SCRIPT, str(example)],
        capture_output=True,
        text=True,
        timeout=200,
        env={**os.environ, **homes},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    told = ["path digits-dense.loom step 20", "early pyqtgraph False", "too much []", "status 0"]
    assert lines == told, done.stderr
    assert "Traceback" not in done.stderr


def test_settings_survive_and_a_damaged_file_is_as_good_as_none(tmp_path: Path) -> None:
    settings = AppSettings(tmp_path / "s.json", tmp_path)
    settings.theme = "dark"
    settings.set_blob("geometry", b"\x01\x02")
    settings.set_flag("watch_folded", False)
    project = tmp_path / "a.loom"
    project.write_text("{}")
    settings.add_recent(project)
    again = AppSettings(tmp_path / "s.json", tmp_path)
    assert again.theme == "dark"
    assert again.blob("geometry") == b"\x01\x02"
    assert not again.flag("watch_folded", default=True)
    assert again.recent == (project.resolve(),)
    project.unlink()
    assert again.recent == ()
    (tmp_path / "s.json").write_text('{"theme": 3, "recent": "x", "geometry": "zz"')
    broken = AppSettings(tmp_path / "s.json", tmp_path)
    assert (broken.theme, broken.recent, broken.blob("geometry")) == ("system", (), b"")


def test_settings_that_cannot_be_kept_stop_nothing(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    settings = AppSettings(blocked / "s.json", tmp_path)
    settings.theme = "light"
    assert settings.theme == "light"
