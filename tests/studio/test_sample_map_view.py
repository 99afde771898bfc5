"""The map of samples in the real window: opened from a layer, pointed at, clicked, coloured, cancelled, followed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from lender import Lender
from panel_kit import holder, shown
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from window_kit import kill, open_room

from graph.fields import Field
from runtime.map_protocol import MapPlace, MapQuestion, SampleMap
from studio.panels.map.page import EMPTY, MapPage

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture(autouse=True)
def _data_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))


def made(*, is_classes: bool = True) -> SampleMap:
    """Six samples of a table in three clusters, the last in none."""
    points = np.array([[0, 0], [0.1, 0], [5, 5], [5, 5.1], [9, 0], [2, 8]], np.float32)
    classes = ("cat", "dog", "owl") if is_classes else ()
    kind = "class" if is_classes else "number"
    truth = np.array([0, 0, 1, 1, 2, 2]) if is_classes else np.array([1.5, 2, 3, 4, 5, 6], np.float32)
    return SampleMap(
        asked=MapQuestion(node="a", port="output", reduction="pca", count=3),
        name="hidden",
        width=4,
        total=60,
        seed=0,
        epoch=3,
        points=points,
        clusters=np.array([1, 1, 0, 0, 2, -1]),
        rows=np.array([5, 4, 3, 2, 1, 0]),
        places=(
            MapPlace(node="a", port="output", name="hidden", width=4),
            MapPlace(node="b", port="x", name="b", problem="No."),
        ),
        target=Field(name="animal", shape=(), dtype="int64", kind=kind, classes=classes),
        truth=truth,
        said=np.array([0, 1, 1, 1, 2, 2]) if is_classes else truth + 1,
        figures={"explained": 0.5, "matched": 5 / 6, "rand": 0.8, "information": 0.9},
        of_cluster=(1, 0, 2) if is_classes else (),
        fields=(Field(name="row", shape=(2,), dtype="float32", kind="vector", columns=("weight", "height")),),
        inputs={"row": np.arange(12, dtype=np.float32).reshape(6, 2)},
    )


def page_of(qtbot: QtBot, found: SampleMap) -> MapPage:
    page = shown(qtbot, MapPage(holder()), 464)
    page.resize(464, 900)
    page.show_run()
    page.show_map(found)
    qtbot.waitUntil(lambda: page.picture.axes is not None)
    return page


def point_at(page: MapPage, position: int) -> None:
    assert page.picture.axes is not None
    assert page.map is not None
    QTest.mouseMove(page.picture, page.picture.axes.place(*page.map.points[position].tolist()).toPoint())


def is_near(page: MapPage, position: int) -> bool:
    """Whether a sample is found where it lies, once the picture was painted."""
    point_at(page, position)
    return page.picture.near is not None


def click(page: MapPage, position: int) -> None:
    assert page.picture.axes is not None
    assert page.map is not None
    place = page.picture.axes.place(*page.map.points[position].tolist()).toPoint()
    QTest.mouseClick(page.picture, LEFT, NONE, place)


def choose(box: object, key: str) -> None:
    """Choose an entry of a list as a person does."""
    box.setCurrentIndex(box.findData(key))  # type: ignore[attr-defined]
    box.activated.emit(box.currentIndex())  # type: ignore[attr-defined]


def test_words_say_what_is_seen_of_what_and_how_well_the_clusters_fit(qtbot: QtBot) -> None:
    page = page_of(qtbot, made())
    assert page.titled.title.text() == "PCA of hidden"
    assert page.titled.note.text() == "6 of 60 validation samples"
    assert page.figures.text() == "k-means, 3 clusters: 83.3 % matched · ARI 0.80 · NMI 0.90 · 1 in none"
    assert page.notes.text().startswith("4 numbers a sample, as the network has them. The picture holds 50 %")
    assert page.notes.text().endswith("Seed 0, weights of epoch 3.")
    assert [page.choices.layer.itemText(at) for at in range(page.choices.layer.count())] == ["hidden · 4"]


@pytest.mark.parametrize("missing", ["", "UMAP needs umap-learn."])
def test_a_method_that_is_not_installed_says_so_where_it_is_chosen(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.setattr("studio.panels.map.choices.umap_missing", lambda: missing)
    box = page_of(qtbot, made()).choices.reduction
    at = box.findData("umap")
    assert box.itemText(at) == ("UMAP (not installed)" if missing else "UMAP")
    assert bool(box.model().flags(box.model().index(at, 0)) & Qt.ItemFlag.ItemIsEnabled) == (not missing)


def test_the_sample_under_the_pointer_is_told_and_a_click_keeps_it(qtbot: QtBot) -> None:
    page = page_of(qtbot, made())
    point_at(page, 2)
    assert page.picture.near in (2, 3)
    point_at(page, 4)
    assert page.picture.near == 4
    click(page, 4)
    assert page.picture.picked == 4
    assert page.sample.text() == "Sample 1 · is owl · network says owl · cluster 3, mostly owl\nweight 8, height 9"
    QTest.keyClick(page.picture, Qt.Key.Key_Left)
    assert page.picture.near == 1
    QTest.keyClick(page.picture, Qt.Key.Key_Return)
    assert "is cat · network says dog · cluster 2" in page.sample.text()
    click(page, 5)
    assert "no cluster" in page.sample.text()
    click(page, 5)
    assert page.picture.picked == -1
    assert page.sample.isHidden()


def test_a_name_in_the_legend_hides_its_samples_and_brings_them_back(qtbot: QtBot) -> None:
    page = page_of(qtbot, made())
    QTest.mouseClick(page.legend, LEFT, NONE, page.legend.place_of("owl"))
    point_at(page, 4)
    assert page.picture.near is None
    QTest.mouseClick(page.legend, LEFT, NONE, page.legend.place_of("owl"))
    point_at(page, 2)
    point_at(page, 4)
    assert page.picture.near == 4
    QTest.mouseDClick(page.legend, LEFT, NONE, page.legend.place_of("cat"))
    assert page.legend.hidden_places == {1, 2}
    choose(page.shade, "cluster")
    names = [f"cluster {number}, mostly {word}" for number, word in ((1, "dog"), (2, "cat"), (3, "owl"))]
    assert page.legend.accessibleDescription() == ", ".join([*names, "no cluster"])
    assert not page.legend.hidden_places


def test_numbers_colour_where_there_are_no_classes(qtbot: QtBot) -> None:
    page = page_of(qtbot, made(is_classes=False))
    assert page.legend_note.text() == "Pale: animal 1.5, strong: 6."
    click(page, 4)
    assert page.sample.text().startswith("Sample 1 · is 5 · network says 6 · cluster 3")


def test_the_map_is_taken_along_as_a_table_and_as_a_picture(qtbot: QtBot) -> None:
    page = page_of(qtbot, made())
    page.copy.click()
    lines = QApplication.clipboard().text().splitlines()
    assert lines[0] == "sample\tx\ty\tcluster\tanimal\tnetwork"
    assert lines[1:3] == ["0\t2\t8\t\towl\towl", "1\t9\t0\t3\towl\towl"]
    assert len(lines) == 7
    image = page.image().toImage()
    assert image.pixelColor(1, 1) == holder().theme.panel
    assert image.height() > page.picture.height()


def test_a_layer_is_mapped_while_it_trains_and_by_its_menu_and_a_long_question_is_cancelled(
    qtbot: QtBot, lender: Lender, tmp_path: Path
) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        session = room.session
        page, panel = session.maps.page, session.runs.results.panel
        room.open_example("digits-dense", epochs=2)
        hidden = next(node.uid for node in session.document.network.nodes() if node.name == "hidden")
        session.actions["network.map"].trigger()
        assert page.empty.text() == EMPTY
        room.wait(lambda: session.training.face.press == "train")
        session.actions["train.train"].trigger()
        room.wait(lambda: session.controller.state.kind == "finished")
        room.wait(lambda: page.map is not None and page.map.epoch == 0 and not session.maps.client.is_busy)
        assert panel.tabs.current_key() == "map", "the map came by itself, for its page was in front"

        session.canvas.select({hidden})
        session.actions["network.map"].trigger()
        room.wait(lambda: page.map is not None and page.map.name == "hidden")
        found = page.map
        assert found is not None
        assert found.figures["matched"] > 0.4
        room.wait(lambda: is_near(page, 7))
        near = page.picture.near
        assert near is not None
        assert page.picture.faces is not None
        assert page.picture.faces.image(near) is not None
        room.asker.paths = [tmp_path / "map.png"]
        page.save.click()
        assert (tmp_path / "map.png").read_bytes().startswith(b"\x89PNG")

        choose(page.choices.part, "train")
        room.wait(lambda: page.map is not found)
        found = page.map
        choose(page.choices.reduction, "tsne")
        room.wait(lambda: "t-SNE, step" in page.doing.text())
        page.cancel.click()
        assert not page.is_busy
        assert page.problem.text().startswith("Cancelled")
        assert page.map is found
        assert session.maps.client.pid == 0

        choose(page.choices.part, "test")  # the newest question alone is answered
        first = session.maps.client.pid
        choose(page.choices.reduction, "pca")
        assert session.maps.client.pid not in (0, first)
        room.wait(lambda: page.map is not found and not page.is_busy)
        assert page.map is not None
        assert (page.map.asked.part, page.map.asked.reduction) == ("test", "pca")
        kept = session.maps.client.pid
        choose(page.choices.reduction, "tsne")
        assert session.maps.client.pid == kept, "a process that waits goes on"
        kill(session.maps.client.pid)
        room.wait(lambda: not page.is_busy)
        assert page.problem.text().startswith("The process that draws the map ended")
