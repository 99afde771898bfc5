"""A whole app in a process of its own that is edited and then waits to be killed; run by the tests of recovery."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtWidgets import QApplication

from graph.edits import SetSetting
from studio.session import Session
from studio.settings import AppSettings

if __name__ == "__main__":
    folder, file = Path(sys.argv[1]), sys.argv[2]
    app = QApplication(sys.argv[:1])
    session = Session(AppSettings(folder / "settings.json", folder / "data"))
    session.autosave.kept.connect(lambda time: print("kept", time, flush=True))
    session.document.path_changed.connect(
        lambda: session.document.apply(SetSetting(section="training", key="epochs", value=7))
    )
    session.show(file or None)
    if not file:
        session.document.apply(SetSetting(section="training", key="epochs", value=7))
    app.exec()
