"""The document: undo gives back the text, edits with one key merge, refusals change nothing, files are kept apart."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from graph.edits import (
    AddNetwork,
    AddNode,
    Batch,
    Connect,
    Edit,
    Move,
    RemoveNetwork,
    RenameNetwork,
    SetBlock,
    SetNote,
    SetParam,
    SetSetting,
)
from graph.errors import LoomError
from graph.files import dump
from graph.model import Block, Node, Note, Wire, block_key, empty_project
from graph.ops.catalog import load_catalog
from studio.document import Change, Document


@pytest.fixture
def document(qapp: QApplication) -> Iterator[Document]:
    made = Document(load_catalog())
    yield made
    made.deleteLater()


def _add(name: str, op: str = "Linear") -> Edit:
    return AddNode(network="network", node=Node(uid=name, op=op, name=name), position=(0.0, 0.0))


def _set(value: int) -> Edit:
    return SetParam(network="network", uid="linear1", name="out_features", value=value)


def _changes(document: Document) -> list[Change]:
    seen: list[Change] = []
    document.changed.connect(seen.append)
    return seen


def test_undoing_all_gives_back_the_text_and_redoing_all_likewise(document: Document) -> None:
    before = document.text()
    wire = Wire("linear1", "output", "linear2", "input")
    for edit in (
        _add("linear1"),
        _add("linear2"),
        Connect(network="network", wire=wire),
        _set(7),
        SetSetting(section="training", key="epochs", value=3),
        Move(network="network", positions={"linear1": (8.0, 16.0)}),
    ):
        assert document.apply(edit)
    after = document.text()
    while document.undo_stack.canUndo():
        document.undo()
    assert document.text() == before != after
    while document.undo_stack.canRedo():
        document.redo()
    assert document.text() == after


def test_edits_with_the_same_key_in_a_row_are_one_step(document: Document) -> None:
    document.apply(_add("linear1"))
    for value in (1, 2, 3):
        document.apply(_set(value), merge="slider")
    assert document.undo_stack.count() == 2
    document.undo()
    assert "out_features" not in document.network.node("linear1").params
    document.redo()
    assert document.network.node("linear1").params["out_features"] == 3


def test_merged_edits_of_different_things_are_taken_back_together(document: Document) -> None:
    document.apply(_add("linear1"))
    before = document.text()
    document.apply(_set(5), merge="drag")
    document.apply(Move(network="network", positions={"linear1": (8.0, 8.0)}), merge="drag")
    after = document.text()
    document.undo()
    assert document.text() == before
    document.redo()
    assert document.text() == after


def test_another_key_or_none_begins_a_new_step(document: Document) -> None:
    document.apply(_add("linear1"))
    document.apply(_set(1), merge="a")
    document.apply(_set(2), merge="b")
    document.apply(_set(3))
    document.apply(_set(4))
    assert document.undo_stack.count() == 5


def test_an_edit_that_does_not_fit_is_refused_with_a_sentence(document: Document) -> None:
    refusals: list[str] = []
    document.refused.connect(refusals.append)
    seen, before = _changes(document), document.text()
    both = Batch(edits=(_add("linear1"), SetParam(network="network", uid="nobody", name="bias", value=True)))
    assert not document.apply(both)
    assert "nobody" in refusals[0]
    assert (seen, document.text(), document.undo_stack.count()) == ([], before, 0)


def test_a_change_says_what_it_touched_and_who_asked(document: Document) -> None:
    seen = _changes(document)
    document.apply(_add("linear1"), origin="canvas")
    document.apply(Move(network="network", positions={"linear1": (1.0, 1.0)}))
    document.apply(SetSetting(section="data", key="source", value="digits"))
    document.undo(origin="menu")
    assert seen[0] == Change(touched=frozenset({"linear1"}), origin="canvas")
    assert seen[1].moves_only
    assert (seen[2].data, seen[2].training) == (True, False)
    assert (seen[3].data, seen[3].origin) == (True, "menu")


def test_the_revision_grows_with_meaning_and_not_with_moves(document: Document) -> None:
    first = document.revision
    document.apply(_add("linear1"))
    second = document.revision
    document.apply(Move(network="network", positions={"linear1": (1.0, 1.0)}))
    assert first < second == document.revision
    document.undo()
    document.undo()
    assert document.revision > second


def test_the_shown_network_follows_renames_and_removals(document: Document) -> None:
    shown: list[str] = []
    document.network_shown.connect(shown.append)
    document.apply(AddNetwork(name="decoder"))
    document.show_network("decoder")
    document.apply(RenameNetwork(name="decoder", new_name="generator"))
    assert document.network_name == "generator"
    document.undo()
    assert document.network_name == "decoder"
    document.apply(RemoveNetwork(name="decoder"))
    assert document.network_name == "network"
    assert shown == ["decoder", "generator", "decoder", "network"]


def test_saving_cleans_and_undoing_past_it_dirties(document: Document, tmp_path: Path) -> None:
    assert not document.is_changed()
    document.apply(_add("linear1"))
    assert document.is_changed()
    document.save(tmp_path / "a.loom")
    assert not document.is_changed()
    document.undo()
    assert document.is_changed()
    document.redo()
    assert not document.is_changed()


def test_an_edit_after_saving_never_merges_into_what_was_saved(document: Document, tmp_path: Path) -> None:
    document.apply(_add("linear1"))
    document.apply(_set(1), merge="slider")
    document.save(tmp_path / "a.loom")
    document.apply(_set(2), merge="slider")
    assert document.is_changed()
    document.undo()
    assert not document.is_changed()


def test_a_saved_project_opens_with_the_same_text(document: Document, tmp_path: Path) -> None:
    document.apply(_add("linear1"))
    document.save(tmp_path / "a.loom")
    text = document.text()
    document.new()
    assert document.path is None
    seen = _changes(document)
    document.open(tmp_path / "a.loom")
    assert (document.text(), document.path) == (text, tmp_path / "a.loom")
    assert seen[-1].whole
    assert not document.undo_stack.canUndo()


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b'{"format": "other"}', b"[" * 500])
def test_a_bad_file_is_told_in_a_sentence_and_the_open_project_stays(
    document: Document, tmp_path: Path, content: bytes
) -> None:
    document.apply(_add("linear1"))
    before, path = document.text(), tmp_path / "bad.loom"
    path.write_bytes(content)
    with pytest.raises(LoomError, match=r"bad\.loom"):
        document.open(path)
    assert document.text() == before
    assert document.undo_stack.canUndo()


def test_a_file_that_is_not_there_is_told_in_a_sentence(document: Document, tmp_path: Path) -> None:
    with pytest.raises(LoomError, match=r"none\.loom"):
        document.open(tmp_path / "none.loom")


def test_saving_where_it_cannot_be_keeps_the_work(document: Document, tmp_path: Path) -> None:
    document.apply(_add("linear1"))
    with pytest.raises(LoomError, match="not saved"):
        document.save(tmp_path / "no such folder" / "a.loom")
    assert document.is_changed()
    with pytest.raises(LoomError, match="no file yet"):
        document.save()


def test_a_file_that_another_program_wrote_is_noticed(document: Document, tmp_path: Path) -> None:
    path = tmp_path / "a.loom"
    document.save(path)
    assert not document.is_file_changed_outside()
    path.write_text(dump(empty_project("other")), encoding="utf-8")
    assert document.is_file_changed_outside()
    document.save()
    assert not document.is_file_changed_outside()


def test_a_note_is_no_change_of_meaning_and_is_told_of(document: Document) -> None:
    part = Batch(edits=(AddNetwork(name="part"), SetBlock(network="part", block=Block())))
    assert document.apply(part)
    seen = _changes(document)
    before = document.revision
    for network in ("network", "part"):
        note = Note(uid=f"note of {network}", text="# Squeezes\nTo a half.", at=(0.0, 0.0, 100.0, 60.0))
        assert document.apply(SetNote(network=network, uid=note.uid, note=note))
        assert seen[-1].moves_only
        assert seen[-1].notes
    assert document.revision == before
    assert document.catalog.op(block_key("part")).doc == "To a half."
    document.undo()
    assert document.catalog.op(block_key("part")).doc != "To a half."
