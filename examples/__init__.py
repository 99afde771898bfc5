"""Drawings to open, train and learn from."""
