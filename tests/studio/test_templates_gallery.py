"""Published networks are chosen from a gallery, and say what data they take until they have it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from lender import Lender
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from window_kit import Room, open_room

from graph import files
from graph.edits import SetParam
from graph.fields import Field
from graph.model import Project
from graph.problems import Fix, Problem
from runtime.sources import SOURCES
from studio.templates.facts import GROUPS, TEMPLATES, template_text
from studio.templates.gallery import TemplateGallery
from studio.templates.needs import class_fix, need_sentence, size_edit
from studio.templates.needs_flow import BAR
from studio.theme import ThemeHolder
from studio.welcome.examples import example_text

DIGITS = SOURCES["digits"].fields


@pytest.fixture
def room(qtbot: QtBot, lender: Lender, tmp_path: Path) -> Iterator[Room]:
    with open_room(qtbot, tmp_path, lender) as room:
        yield room
        room.session.document.undo_stack.setClean()


@pytest.fixture
def gallery(qtbot: QtBot) -> TemplateGallery:
    made = TemplateGallery(ThemeHolder("light"))
    qtbot.addWidget(made)
    made.open_anew()
    qtbot.waitUntil(made.search.hasFocus)
    return made


def colours(picture: QImage) -> set[str]:
    return {picture.pixelColor(x, y).name() for x in range(picture.width()) for y in range(picture.height())}


def press(widget: QWidget | None, key: Qt.Key) -> None:
    assert widget is not None
    QTest.keyClick(widget, key)


def focused(gallery: TemplateGallery) -> str:
    return next((name for name, card in gallery.cards.items() if card is gallery.focusWidget()), "")


def project(name: str, **data: str) -> Project:
    found = files.parse(template_text(name))
    found.data.update({key.replace("__", "."): value for key, value in data.items()})
    return found


# The table.


@pytest.mark.parametrize("name", TEMPLATES)
def test_what_the_table_says_of_a_template_is_what_its_drawing_says(name: str) -> None:
    facts, main = TEMPLATES[name], project(name).main()
    shapes = {
        " × ".join("any length" if size < 0 else str(size) for size in json.loads(json.dumps(node.params["shape"])))
        for node in main.nodes()
        if node.op == "Input"
    }
    kinds = {node.params.get("kind") for node in main.nodes() if node.op == "Input"}
    takes = {f"tokens, {shape}" for shape in shapes} if kinds == {"tokens"} else shapes
    assert takes == {facts.takes}
    note = next(iter(main.notes())).text
    assert facts.published[-4:] in note
    assert facts.published.split()[0] in note
    assert facts.group in GROUPS
    assert len(facts.about) <= 90
    assert facts.about.endswith(".")
    assert facts.about.count(".") == 1  # one sentence


# The gallery.


def test_typing_filters_at_once_by_name_word_and_group(gallery: TemplateGallery) -> None:
    for typed, wanted in (
        ("resnet 50", ["resnet50"]),
        ("resnet50", ["resnet50"]),
        ("attention", ["vit_b_16", "bert_base", "gpt2", "seq2seq"]),
        ("SEGMENTATION", ["unet"]),
        ("32 small", ["lenet5", "resnet20"]),
    ):
        gallery.search.setText(typed)
        assert gallery.shown() == wanted
        assert not gallery.nothing.isVisible()
    gallery.search.setText("zebra")
    assert gallery.shown() == []
    assert "zebra" in gallery.nothing.text()
    press(gallery.search, Qt.Key.Key_Return)
    assert gallery.isVisible()
    gallery.search.clear()
    assert gallery.shown() == list(TEMPLATES)


def test_arrows_walk_through_the_cards_and_return_opens_one(qtbot: QtBot, gallery: TemplateGallery) -> None:
    press(gallery.search, Qt.Key.Key_Down)
    names = [focused(gallery)]
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_End):
        press(gallery.focusWidget(), key)
        names.append(focused(gallery))
    assert names == ["lenet5", "alexnet", "resnet20", "resnet18", "densenet121", "resnet18", "pointnet"]
    last = gallery.cards["pointnet"]
    qtbot.waitUntil(lambda: not last.visibleRegion().isEmpty())  # scrolled to
    press(last, Qt.Key.Key_Home)
    assert focused(gallery) == "lenet5"
    press(gallery.focusWidget(), Qt.Key.Key_Up)
    assert gallery.focusWidget() is gallery.search
    press(gallery.search, Qt.Key.Key_Tab)
    press(gallery.focusWidget(), Qt.Key.Key_Tab)
    assert focused(gallery) == "alexnet"
    with qtbot.waitSignal(gallery.chosen) as chosen:
        press(gallery.cards["resnet18"], Qt.Key.Key_Return)
    assert chosen.args == ["resnet18"]
    gallery.search.setText("vae")
    with qtbot.waitSignal(gallery.chosen) as chosen:
        press(gallery.search, Qt.Key.Key_Return)
    assert chosen.args == ["vae"]
    press(gallery.search, Qt.Key.Key_Escape)
    assert not gallery.isVisible()


def test_no_word_of_a_card_is_cut_off_at_any_size_of_type_and_window(qtbot: QtBot, gallery: TemplateGallery) -> None:
    cards = gallery.cards.values()
    for scale, wide in ((1.0, 1120), (1.4, 1120), (1.0, 700)):
        gallery.holder.set_type_scale(scale)
        gallery.resize(wide, 640)
        qtbot.waitUntil(lambda: all(card.height() >= card.heightForWidth(card.width()) for card in cards))
        assert all(card.geometry().right() <= card.parentWidget().width() <= wide for card in cards)


def test_the_menu_and_the_welcome_page_lead_to_templates_with_their_pictures(room: Room) -> None:
    session = room.session
    session.welcome.page.templates.button.click()
    gallery = session.templates.gallery
    assert gallery is not None
    assert gallery.shown() == list(TEMPLATES)
    room.wait(lambda: gallery.pictures_waiting() == 0)
    assert all(card.has_picture() for card in gallery.cards.values())
    card = gallery.cards["gpt2"]
    assert card.accessibleName() == "GPT-2"
    for part in ("Radford and others,\u00a02019.", "124,439,808 parameters", "tokens, any length"):
        assert part in card.accessibleDescription()
    before, theme = card.picture(), session.holder.theme
    assert {theme.flow(kind).name() for kind in ("tokens", "sequence")} <= colours(before)
    assert theme.raised.name() not in colours(before)  # the ground of notes, which would be cut off
    session.navigation.choose_theme("dark")
    room.wait(lambda: gallery.pictures_waiting() == 0 and card.picture() != before)
    QTest.mouseClick(gallery.cards["resnet18"], Qt.MouseButton.LeftButton)
    document = session.document
    assert sorted(document.project.networks) == ["ResNet18", "basic_block", "downsample"]
    assert (document.path, session.files.title) == (None, "ResNet-18")
    assert not gallery.isVisible()
    assert not session.welcome.is_shown
    assert session.window.focusWidget() is session.canvas
    session.panels.palette.op_chosen.emit("Linear")
    session.actions["file.template"].trigger()
    assert gallery.isVisible()
    room.asker.answers = ["cancel"]
    gallery.cards["vae"].click()
    assert len(room.asker.asked) == 1
    assert "ResNet18" in document.project.networks


# What data it takes.


def test_a_network_that_says_what_it_takes_is_held_against_the_data() -> None:
    assert need_sentence(project("resnet50"), ()) == (
        "ResNet50 takes pictures of 3 × 224 × 224. Choose the data that it shall learn from."
    )
    assert need_sentence(project("seq2seq"), ()).startswith(
        "Seq2Seq takes source_ids and target_ids (texts as whole numbers that stand for words, of any length)."
    )
    assert need_sentence(project("resnet50", source="digits"), DIGITS) == (
        "ResNet50 is made for pictures of 3 × 224 × 224; the data at hand give pictures of 1 × 8 × 8."
    )
    assert "The data at hand give pictures of 1 × 8 × 8." in need_sentence(project("gpt2", source="digits"), DIGITS)
    grey = Field(name="image", shape=(1, 32, 32), dtype="float32", kind="image")
    assert need_sentence(project("resnet20", source="images"), [grey]) == ""  # one colour less is no trouble
    track = Field(name="sequence", shape=(784, 1), dtype="float32", kind="sequence")
    assert need_sentence(project("tcn", source="npz"), [track]) == ""
    assert need_sentence(project("tcn", source="npz"), ()) == ""  # the data cannot be read, which is said elsewhere
    assert need_sentence(files.parse(example_text("spirals")), ()) == ""


def test_another_number_of_classes_is_offered_where_nothing_else_is_wrong() -> None:
    drawn = project("resnet50", source="digits")
    main = drawn.main()
    fc, end = (next(node for node in main.nodes() if node.name == name) for name in ("fc", "label"))
    fix = Fix(label="Ten", edit=SetParam(network=main.name, uid=fc.uid, name="out_features", value=10))
    wrong = Problem(code="loss-fit", message="", network=main.name, node=end.uid, fixes=(fix,))
    label = replace(DIGITS[1], name="label")
    found = class_fix(drawn, [label], [wrong])
    assert found == ("ResNet50 tells 1,000 classes apart; the data at hand have 10.", fix)
    assert class_fix(drawn, [label], [wrong, replace(wrong, code="shape")]) is None
    assert class_fix(drawn, [replace(label, kind="number")], [wrong]) is None
    assert class_fix(drawn, [label], []) is None


def test_pictures_are_brought_to_the_size_of_the_drawing_where_a_source_can() -> None:
    edit = size_edit(project("vit_b_16"), "images")
    assert edit is not None
    assert (edit.key, edit.value) == ("images.size", 224)
    assert size_edit(project("vit_b_16"), "digits") is None
    assert size_edit(project("gpt2"), "images") is None
    assert size_edit(project("vit_b_16"), "csv") is None  # a table without a column of pictures
    assert size_edit(project("vit_b_16", csv__image="file"), "csv") is not None


def test_a_template_shows_code_and_shapes_before_data_and_leads_to_training_with_a_folder(
    room: Room, tmp_path: Path
) -> None:
    session = room.session
    session.templates.begin("resnet20")
    bars, main = session.parts.bars, session.document.project.main()
    assert "takes pictures of 3 × 32 × 32" in bars.text(BAR)  # at once
    room.wait_for_analysis()
    assert "takes pictures of 3 × 32 × 32" in bars.text(BAR)
    assert "class ResNet20" in session.panels.code.text("model.py")
    analysis = session.analysis.analysis
    assert analysis is not None
    assert sum(analysis.weights[node.uid] for node in main.nodes() if node.uid in analysis.weights) == 269_722
    assert [row.message for row in session.analysis.problems] == ["No data chosen. Say what it should learn from."]
    folder = tmp_path / "animals"
    for name in ("cat", "dog"):
        (folder / name).mkdir(parents=True)
        for number in range(12):
            noise = np.random.default_rng(number).integers(0, 255, (48, 48, 3), dtype=np.uint8)
            Image.fromarray(noise).save(folder / name / f"{number}.png")
    session.panels.data.choose_path("images", str(folder))
    assert session.document.project.data["images.size"] == 32
    room.wait(lambda: bars.offers(BAR) == ("Set neurons of linear to 2",))
    assert bars.text(BAR) == "ResNet20 tells 10 classes apart; the data at hand have 2."
    bars.press(BAR, "Set neurons of linear to 2")
    room.wait(lambda: "train.py" in (session.analysis.analysis.code if session.analysis.analysis else {}))
    for _ in range(2):
        session.document.undo()
    assert "source" not in session.document.project.data
    room.wait(lambda: "takes pictures" in bars.text(BAR))
    session.document.undo_stack.setClean()
    session.templates.begin("gpt2")  # a bar that was answered comes back with other data alone
    room.wait_for_analysis()
    assert "class GPT2" in session.panels.code.text("model.py")
    assert bars.offers(BAR) == ("Choose data",)
    bars.press(BAR, "Choose data")
    assert not bars.text(BAR)
    session.canvas.add_note()
    session.panels.palette.op_chosen.emit("ReLU")
    room.wait_for_analysis()
    assert not bars.text(BAR)
    session.panels.data.choose("digits")
    room.wait(lambda: session.analysis.is_current and session.analysis.report is not None)
    room.wait(lambda: bars.offers(BAR) == ("Choose other data",))
    said = " ".join(row.message for row in session.analysis.problems)
    assert "'input_ids', which is not in the data (it has image, digit). It takes texts" in said
    assert "class GPT2" in session.panels.code.text("model.py")
    session.document.undo_stack.setClean()
    session.files.open_example("spirals")
    assert not bars.text(BAR)
