"""The name of a node as a title that can be typed over."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from graph.edits import Rename
from graph.model import Node
from graph.names import problem_with_name
from studio.document import Document
from studio.style import set_look
from studio.theme import ThemeHolder
from studio.widgets.labels import Sentence


class NameField(QWidget):
    """The node's name as a title that can be typed over; a name that cannot be gets a sentence."""

    def __init__(self, document: Document, holder: ThemeHolder) -> None:
        super().__init__()
        self._document = document
        self._network, self._uid, self._before = "", "", ""
        self.sentence = Sentence(holder)
        self.edit = QLineEdit()
        self.edit.setProperty("title", True)
        self.edit.setTextMargins(-3, 0, 0, 0)  # the letters, not the frame, stand in line with what is below
        self.edit.setAccessibleName(self.tr("Name of the node"))
        self.edit.setToolTip(self.tr("The name of the node, in the drawing and in the code. Type to change it."))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.edit)
        self.setFocusProxy(self.edit)
        self.edit.textEdited.connect(self._judge)
        self.edit.editingFinished.connect(self._commit)

    def show_node(self, network: str, node: Node) -> None:
        """Show the name, unless it is being typed over."""
        is_other = (network, node.uid) != (self._network, self._uid)
        if is_other or not self.edit.hasFocus() or node.name != self._before:
            self.edit.setText(node.name)
            self._say("")
        self._network, self._uid, self._before = network, node.uid, node.name

    def _judge(self, text: str) -> None:
        self._say(self._problem(text))

    def _problem(self, text: str) -> str:
        if text == self._before:
            return ""
        network = self._document.project.network(self._network)
        reserved = self._document.catalog.reserved_names
        is_end = network.node(self._uid).op in ("Input", "Output")
        return problem_with_name(text, taken=network.names(), reserved=reserved, is_argument=is_end) or ""

    def _commit(self) -> None:
        text = self.edit.text()
        network = self._document.project.networks.get(self._network)
        if network is None or not network.has(self._uid) or text == self._before:
            return
        if self._problem(text):
            self.edit.setText(self._before)
            self._say("")
            return
        self._document.apply(Rename(network=self._network, uid=self._uid, name=text), origin="inspector")

    def _say(self, sentence: str) -> None:
        set_look(self.edit, "refused", bool(sentence))
        self.sentence.say(sentence)
