"""The window: the only package that imports Qt, and one that never imports torch."""
