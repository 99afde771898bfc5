"""The questions about work that is not saved, a file that changed, and a run that still trains."""

from __future__ import annotations

from typing import Literal

from studio.dialogs.ask import Answer, Asker


def ask_about_changes(asker: Asker, name: str) -> Literal["save", "drop", "cancel"]:
    """Save, Don't save, or Cancel."""
    answers = (
        Answer(key="save", label="Save", is_default=True),
        Answer(key="drop", label="Don't save"),
        Answer(key="cancel", label="Cancel", is_escape=True),
    )
    key = asker.choose(f"Save the changes to {name}?", "If you do not save, your changes are lost.", answers)
    return "save" if key == "save" else "drop" if key == "drop" else "cancel"


def ask_about_other_changes(asker: Asker, name: str) -> Literal["overwrite", "elsewhere", "cancel"]:
    """What to do when the file on the disk is not the one that was opened."""
    answers = (
        Answer(key="elsewhere", label="Save as…", is_default=True),
        Answer(key="overwrite", label="Overwrite"),
        Answer(key="cancel", label="Cancel", is_escape=True),
    )
    key = asker.choose(
        f"{name} was changed by another window or program.",
        "Overwrite replaces what was written there. Save as keeps both.",
        answers,
    )
    return "overwrite" if key == "overwrite" else "elsewhere" if key == "elsewhere" else "cancel"


def ask_about_training(asker: Asker) -> Literal["keep", "stop", "cancel"]:
    """Whether training goes on when the window closes."""
    answers = (
        Answer(key="keep", label="Keep training", is_default=True),
        Answer(key="stop", label="Stop training"),
        Answer(key="cancel", label="Cancel", is_escape=True),
    )
    key = asker.choose(
        "It is still training. Keep training or stop?",
        "It can go on without this window; you find it again when you open the project.",
        answers,
    )
    return "keep" if key == "keep" else "stop" if key == "stop" else "cancel"
