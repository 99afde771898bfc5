"""The canvas: geometry places, the painter draws, gestures decide, the document changes."""
