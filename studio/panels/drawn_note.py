"""The note above the training settings: whether they say what is learned, or a drawing does, and the way between."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from studio.theme import ThemeHolder
from studio.widgets.labels import Sentence
from studio.widgets.layouts import nest
from studio.widgets.wrapping import ElidedButton, WrappingRow


class DrawnNote(QWidget):
    """The objectives that are drawn, each a button that shows it; where none are, a button that draws the settings.

    One more button brings a step in that is drawn already.
    """

    draw_wanted = Signal()
    add_wanted = Signal()
    show_wanted = Signal(str)
    settings_wanted = Signal()

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self.words = Sentence(holder, "body", "info", "accent")
        self.draw = QPushButton(self.tr("Show as drawing"))
        self.draw.setToolTip(self.tr("Draw what is set here, to change it: several losses, networks or optimizers."))
        self.back = QPushButton(self.tr("Use settings"))
        self.back.setToolTip(self.tr("Take the drawn training step away; undo brings it back."))
        self.add = QPushButton(self.tr("Add a training step…"))
        self.add.setToolTip(self.tr("Choose one, such as GAN or mean teacher; it comes with its networks."))
        self.buttons: dict[str, QPushButton] = {}
        self.add.clicked.connect(lambda _checked=False: self.add_wanted.emit())
        self.draw.clicked.connect(lambda _checked=False: self.draw_wanted.emit())
        self.back.clicked.connect(lambda _checked=False: self.settings_wanted.emit())
        self.objectives = WrappingRow()
        tail = QHBoxLayout()
        tail.setSpacing(8)
        tail.addWidget(self.draw)
        tail.addWidget(self.back)
        tail.addStretch(1)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 4, 0, 8)
        rows.setSpacing(6)
        rows.addWidget(self.words)
        rows.addWidget(self.objectives)
        nest(rows, tail)
        rows.addWidget(self.add, 0, Qt.AlignmentFlag.AlignLeft)
        self.show_objectives(())

    def show_objectives(self, names: Sequence[str], *, is_simple: bool = False) -> None:
        """The objectives that are drawn, in the order in which each step runs them.

        `is_simple`: the settings below say the same, and change the drawing.
        """
        text = self.tr("The training step is drawn, and says more than settings can. Each step runs:")
        if is_simple:
            text = self.tr("The training step is drawn. What is changed here is changed there:")
        self.words.say(text if names else "")
        if [*self.buttons] == [*names] and names:
            return
        self.buttons = {name: self._button(name) for name in names}
        self.objectives.show_buttons([*self.buttons.values()])
        self.objectives.setVisible(bool(names))
        self.words.setVisible(bool(names))
        self.draw.setVisible(not names)
        self.back.setVisible(bool(names))

    def _button(self, name: str) -> QPushButton:
        button = ElidedButton(f"∇ {name}")
        button.setToolTip(self.tr("Show the drawing of %1.").replace("%1", name))
        button.clicked.connect(lambda _checked=False: self.show_wanted.emit(name))
        return button
