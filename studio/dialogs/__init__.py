"""Dialogs: only for questions that must be answered before going on."""
