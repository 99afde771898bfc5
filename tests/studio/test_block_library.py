"""Blocks kept in the library, shared as files and dropped: what is placed comes with what it needs, in one step."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from lender import Lender
from pytestqt.qtbot import QtBot
from window_kit import Room, open_room

from graph.block_edits import block_from
from graph.blocks import catalog_of
from graph.edits import AddNetwork, SetBlock
from graph.errors import LoomError
from graph.files import dump, read
from graph.model import Block, Project
from graph.ops.catalog import load_catalog
from studio.block_library import BlockLibrary, with_library
from studio.shipped_blocks import shipped_ops

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def nested() -> Project:
    """The example with two layers as a block `inner` inside of a block `outer`."""
    project = read(EXAMPLES / "digits-dense.loom")
    main = project.main()
    for name, nodes in (("inner", ("hidden", "relu")), ("outer", ("flatten", "inner1"))):
        uids = [node.uid for node in main.nodes() if node.name in nodes]
        block_from(catalog_of(load_catalog(), project), project, main, uids, name).edit.apply(project)
    return project


def make_outer(room: Room) -> None:
    room.open_example("digits-dense")
    session = room.session
    for name, nodes in (("inner", ("hidden", "relu")), ("outer", ("flatten", "inner1"))):
        session.canvas.select({session.canvas.driver().uid(node) for node in nodes})
        room.asker.texts.append(name)
        session.actions["block.make"].trigger()
    assert {"inner", "outer"} <= set(session.document.project.networks)


def offer(room: Room, key: str, words: str) -> Callable[[], object]:
    """What the palette's menu has for a block under these words."""
    return dict(room.session.panels.palette.offers(key))[words]


def test_a_block_of_the_library_is_placed_with_what_it_needs_in_one_step(
    qtbot: QtBot, lender: Lender, tmp_path: Path
) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        make_outer(room)
        session = room.session
        session.actions["block.keep"].trigger()
        assert "is in your library now" in session.parts.bars.text("block")
        room.asker.answers.append("drop")
        room.open_example("digits-dense")
        document, palette = session.document, session.panels.palette
        assert "My blocks" in palette.titles()
        before = dump(document.project)
        session.canvas.select({session.canvas.driver().uid("flatten")})
        palette.op_chosen.emit("library:outer")
        assert {"inner", "outer"} <= set(document.project.networks)
        placed = document.network.by_name("outer1")
        assert placed is not None
        assert placed.op == "block:outer"
        assert len(document.network.wires_in(placed.uid)) == 1
        count = len(document.project.networks)
        session.canvas.driver().drop("library:outer", (400.0, 0.0))
        assert len(document.project.networks) == count, "what is there already is used again"
        document.undo()
        document.undo()
        assert dump(document.project) == before
        room.asker.answers.append("remove")
        offer(room, "library:outer", "Remove from my library")()
        assert "My blocks" not in palette.titles()


def test_a_shared_block_comes_into_the_project_where_its_file_is_dropped(
    qtbot: QtBot, lender: Lender, tmp_path: Path
) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        make_outer(room)
        session = room.session
        room.asker.paths.append(tmp_path / "shared")
        session.actions["block.share"].trigger()
        shared = tmp_path / "shared.loom"
        assert sorted(read(shared).networks) == ["inner", "outer"]
        room.asker.answers.append("drop")
        room.open_example("digits-dense")
        document, bars = session.document, session.parts.bars
        before = dump(document.project)
        session.window.file_dropped.emit(str(shared))
        assert {"inner", "outer"} <= set(document.project.networks)
        bars.press("block", "Place it")
        assert any(node.op == "block:outer" for node in document.network.nodes())
        document.undo()
        document.undo()
        assert dump(document.project) == before
        session.files.open(shared)
        assert bars.offers("block") == ("Place it", "Save to my library", "Open the file instead")
        bars.press("block", "Open the file instead")
        assert document.path == shared
        assert document.network.block is not None


def test_another_block_of_that_name_is_written_over_only_when_that_was_said(tmp_path: Path) -> None:
    library, project = BlockLibrary(tmp_path / "blocks"), nested()
    library.keep(project, "inner")
    assert not library.holds_another(project, "inner")
    project.networks["inner"].put_block(Block(form="sequence"))
    assert library.holds_another(project, "inner")
    library.keep(project, "inner")
    assert not library.holds_another(project, "inner")


def test_what_is_no_block_in_the_folder_is_left_out(tmp_path: Path) -> None:
    library = BlockLibrary(tmp_path)
    library.keep(nested(), "outer")
    (tmp_path / "broken.loom").write_text("{")
    (tmp_path / "whole.loom").write_text((EXAMPLES / "digits-dense.loom").read_text())
    (tmp_path / "large.loom").write_text(" " * 2_100_000)
    library.refresh()
    catalog = with_library(load_catalog(), library)
    assert [key for key in catalog.ops if key.startswith("library:")] == ["library:outer"]
    assert catalog.groups[:4] == ("Input and output", "Blocks", "My blocks", "Ready-made blocks")
    assert catalog.op("library:outer").doc == "A block of your library."
    assert len(catalog.ops) == len(load_catalog().ops) + 1 + len(shipped_ops())
    (tmp_path / "outer.loom").unlink()
    library.refresh()
    assert set(library.ops()) == set(shipped_ops())


def test_a_library_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "blocks").write_text("a file, no folder")
    library = BlockLibrary(tmp_path / "blocks")
    library.refresh()
    with pytest.raises(LoomError, match="cannot be made"):
        library.keep(nested(), "inner")


def test_a_project_of_blocks_alone_shows_one_of_them(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        project = Project()
        AddNetwork(name="unit").apply(project)
        SetBlock(network="unit", block=Block()).apply(project)
        room.session.document.new(project)
        room.wait_for_analysis()
        assert room.session.document.network_name == "unit"
        assert any(problem.code == "no-network" for problem in room.session.analysis.problems)


def test_a_block_that_ships_is_found_placed_and_fits_what_arrives(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        room.open_example("digits-cnn")
        session = room.session
        document, canvas, palette = session.document, session.canvas, session.panels.palette
        before = dump(document.project)
        for words, title in (
            ("resnet", "Residual block"),
            ("moe", "Mixture of experts"),
            ("squeeze", "Squeeze and excite"),
            ("vit", "Patch embedding"),
        ):
            palette.search.setText(words)
            assert title in palette.titles()
        palette.search.clear()
        first = next(node for node in document.network.order() if node.op == "Conv2d")
        canvas.select({first.uid})
        palette.op_chosen.emit("shipped:residual")
        placed = document.network.by_name("residual1")
        assert placed is not None
        assert placed.op == "block:residual"
        assert dict(placed.params) == {}
        assert {"residual", "shortcut"} <= set(document.project.networks)
        room.wait_for_analysis()
        assert not [row.message for row in session.analysis.problems if row.severity == "error"]
        count = len(document.project.networks)
        canvas.select({placed.uid})
        palette.op_chosen.emit("shipped:residual")
        assert document.network.by_name("residual2") is not None
        assert len(document.project.networks) == count
        room.wait_for_analysis()
        assert not [row.message for row in session.analysis.problems if row.severity == "error"]
        document.undo()
        document.undo()
        assert dump(document.project) == before
