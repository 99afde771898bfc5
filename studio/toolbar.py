"""The toolbar: file and undo at the left, Train in the middle, command search and the device at the right."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from studio import assets
from studio.actions import Actions
from studio.shell_style import faint
from studio.states import Face
from studio.theme import BODY, LABEL, ThemeHolder

HEIGHT = 44
TRAIN_SIZE = QSize(224, 32)  # wide enough for "Train again · about 30 s": its neighbours stay where they are
_BUTTON = 32


class Toolbar(QWidget):
    """Shows what can be done now. `train_pressed` is the big button, whatever it says."""

    train_pressed = Signal()

    def __init__(self, actions: Actions, holder: ThemeHolder) -> None:
        super().__init__()
        self._actions = actions
        self._holder = holder
        self._face = Face(label="Train")
        self.setObjectName("Toolbar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(HEIGHT)
        self.train = QPushButton()
        self.train.setObjectName("Train")
        self.train.setMinimumSize(TRAIN_SIZE)
        self.train.setFixedHeight(TRAIN_SIZE.height())
        self.train.setCursor(Qt.CursorShape.PointingHandCursor)
        self.train.clicked.connect(self.train_pressed)
        self.again = QPushButton(self.tr("Train again"))
        self.again.setObjectName("TrainAgain")
        self.again.setFixedHeight(TRAIN_SIZE.height())
        self.again.setToolTip(actions["train.again"].toolTip())
        self.again.clicked.connect(actions["train.again"].trigger)
        self.again.hide()
        self.more = QPushButton(self.tr("More epochs…"))
        self.more.setObjectName("TrainAgain")
        self.more.setFixedHeight(TRAIN_SIZE.height())
        self.more.setToolTip(actions["train.more"].toolTip())
        self.more.clicked.connect(actions["train.more"].trigger)
        self.more.hide()
        self.stop = self._tool("train.stop")
        self.step = self._tool("train.step")
        self.slow = self._tool("train.slow")
        self.search = QPushButton()
        self.search.setObjectName("CommandSearch")
        self.search.setFixedSize(200, 28)
        self.search.clicked.connect(actions["help.commands"].trigger)
        self.device = QLabel()
        self.device.setObjectName("Device")
        self.device.setFixedHeight(28)
        self.device.hide()
        for button in (self.train, self.again, self.more, self.stop, self.step, self.slow):
            # A click leaves the keys where they were: a button that goes off in use would hand them to any neighbour.
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._lay_out()
        self._restyle()
        holder.changed.connect(self._restyle)

    def show_face(self, face: Face) -> None:
        """Show another state."""
        self._face = face
        theme = self._holder.theme
        is_usable = face.press != "none"
        self.train.setText("  " + face.label)
        self.train.setEnabled(is_usable)
        self.train.setToolTip(face.tip)
        self.train.setAccessibleDescription(face.tip)
        is_problem = face.press == "show_problem"
        if self.train.property("problem") != is_problem:
            self.train.setProperty("problem", is_problem)
            self.train.style().unpolish(self.train)
            self.train.style().polish(self.train)
        color = theme.error if is_problem else theme.on_accent
        self.train.setIcon(assets.icon(face.icon, color, 16, disabled=theme.text3))
        for name, usable in (("train.stop", face.can_stop), ("train.step", face.can_step)):
            self._actions[name].setEnabled(usable)
        self.again.setVisible(face.can_train_again)
        self.more.setVisible(face.can_train_more and not face.can_train_again)  # two at most beside each other
        self._actions["train.more"].setEnabled(face.can_train_more)
        self._actions["train.checkpoint"].setEnabled(face.is_running)
        self._actions["train.train"].setText(face.label)
        self._actions["train.train"].setEnabled(is_usable)

    def show_device(self, text: str, reason: str, *, is_other_than_asked: bool = False) -> None:
        """Show where it computes, and why there."""
        self.device.setVisible(bool(text))
        self.device.setText(f"▲ {text}" if is_other_than_asked else text)
        self.device.setToolTip(reason)
        self.device.setProperty("odd", is_other_than_asked)
        self.device.style().unpolish(self.device)
        self.device.style().polish(self.device)

    def _tool(self, name: str) -> QToolButton:
        button = QToolButton()
        button.setObjectName("Boxed" if name.startswith("train") else "Flat")
        button.setDefaultAction(self._actions[name])
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        button.setFixedSize(_BUTTON, _BUTTON)
        button.setIconSize(QSize(18, 18))
        return button

    def _word(self, name: str, text: str) -> QToolButton:
        button = QToolButton()
        button.setObjectName("Flat")
        button.setText(text)
        button.setFont(self._holder.theme.font(LABEL))
        button.setToolTip(f"{self._actions[name].toolTip()} ({self._actions.shortcut_text(name)})")
        button.setFixedHeight(_BUTTON)
        button.clicked.connect(self._actions[name].trigger)
        return button

    def _lay_out(self) -> None:
        left, middle, right = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        for name, text in (("file.new", "New"), ("file.open", "Open"), ("file.save", "Save")):
            left.addWidget(self._word(name, self.tr(text)))
        left.addSpacing(12)
        left.addWidget(self._tool("edit.undo"))
        left.addWidget(self._tool("edit.redo"))
        left.addStretch(1)
        for button in (self.train, self.again, self.more, self.stop, self.step, self.slow):
            middle.addWidget(button)
        right.addStretch(1)
        right.addWidget(self.search)
        right.addWidget(self.device)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 0, 12, 0)
        layout.setSpacing(8)
        for part, stretch in ((left, 1), (middle, 0), (right, 1)):
            part.setSpacing(6)
            holder = QWidget()
            holder.setLayout(part)
            part.setContentsMargins(0, 0, 0, 0)
            layout.addWidget(holder, stretch)

    def _restyle(self) -> None:
        theme = self._holder.theme
        icons = {
            "edit.undo": "undo",
            "edit.redo": "redo",
            "train.stop": "stop",
            "train.step": "step",
            "train.slow": "slow",
        }
        for name, picture in icons.items():
            self._actions[name].setIcon(assets.icon(picture, theme.text, 18, disabled=faint(theme)))
        self.train.setFont(theme.font(BODY, bold=True))
        self.again.setFont(theme.font(BODY))
        self.more.setFont(theme.font(BODY))
        self.search.setFont(theme.font(11))
        keys = self._actions.shortcut_text("help.commands")
        self.search.setText(self.tr("Search commands") + f"   {keys}")
        self.search.setToolTip(self._actions["help.commands"].toolTip())
        self.device.setFont(theme.font(LABEL))
        self.show_face(self._face)
