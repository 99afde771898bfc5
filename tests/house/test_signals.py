"""A guard against a Qt binding that loses references to None and True: it ends the process within 500 emissions."""

import subprocess
import sys

SCRIPT = """
from PySide6.QtCore import QCoreApplication, QObject, Signal
class Bell(QObject):
    rung = Signal(object)
    marked = Signal(bool)
app = QCoreApplication([])
bell, heard = Bell(), []
bell.rung.connect(heard.append)
bell.marked.connect(heard.append)
for index in range(1500):
    bell.rung.emit(None)
    bell.marked.emit(True)
    bell.setObjectName("bell")
print(len(heard))
"""


def test_three_thousand_signal_emissions_survive() -> None:
    done = subprocess.run([sys.executable, "-P", "-c", SCRIPT], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout.strip()) == (0, "3000"), done.stderr
