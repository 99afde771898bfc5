"""The note about drawn training steps, of which there may be many, with names of any length."""

from __future__ import annotations

import pytest
from panel_kit import drawn, holder, shown
from pytestqt.qtbot import QtBot

from graph.edits import AddNetwork, SetObjective
from graph.model import Objective
from studio.panels.training import TrainingPanel
from studio.widgets.wrapping import ElidedButton

MANY = ("contrast", "begin", "gather", "learn", "discriminate")
LONG = "a_training_step_whose_name_is_longer_than_any_panel_is_wide"


def with_steps(qtbot: QtBot, names: tuple[str, ...], width: int = 312) -> TrainingPanel:
    """The panel of a project in which such steps are drawn."""
    document = drawn()
    for name in names:
        assert document.apply(AddNetwork(name=name))
        assert document.apply(SetObjective(network=name, objective=Objective()))
    panel = shown(qtbot, TrainingPanel(document, holder()), width)
    panel.drawn.show_objectives(names)
    qtbot.waitUntil(lambda: panel.drawn.isVisible())
    qtbot.wait(5)
    return panel


@pytest.mark.parametrize("names", [MANY, (LONG,), (*MANY, LONG)])
@pytest.mark.parametrize("width", [280, 312, 500])
def test_the_panel_is_never_wider_than_its_room(qtbot: QtBot, names: tuple[str, ...], width: int) -> None:
    panel = with_steps(qtbot, names, width)
    view, inner = panel.area.viewport(), panel.area.widget()
    assert inner is not None
    assert inner.width() == view.width()
    row = panel.drawn.objectives
    places = [button.geometry() for button in panel.drawn.buttons.values()]
    assert all(row.rect().contains(place) for place in places)
    assert not [1 for at, one in enumerate(places) for other in places[:at] if one.intersects(other)]
    assert panel.drawn.back.mapTo(panel.drawn, panel.drawn.back.rect().topLeft()).y() >= row.geometry().bottom()


def test_names_stand_whole_where_there_is_room_and_are_shortened_where_not(qtbot: QtBot) -> None:
    buttons = with_steps(qtbot, (*MANY, LONG)).drawn.buttons
    for name, button in buttons.items():
        assert isinstance(button, ElidedButton)
        assert (button.shown_text() == f"∇ {name}") == (name != LONG)
        assert button.text() == f"∇ {name}"
        assert name in button.toolTip()
    assert "…" in buttons[LONG].shown_text()  # type: ignore[attr-defined]


def test_a_step_that_is_taken_away_takes_its_line_along(qtbot: QtBot) -> None:
    panel = with_steps(qtbot, MANY)
    high = panel.drawn.objectives.height()
    panel.drawn.show_objectives(MANY[:2])
    qtbot.waitUntil(lambda: panel.drawn.objectives.height() < high)
    panel.drawn.show_objectives(())
    assert not panel.drawn.objectives.isVisible()
