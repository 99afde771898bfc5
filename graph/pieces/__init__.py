"""Functions for training steps that torch does not have; their text is copied into generated code, never imported."""
