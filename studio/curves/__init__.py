"""Curves: what a run has measured, kept so that millions of points draw in a frame."""
