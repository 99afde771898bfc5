"""Trying the trained network on an input of one's own: an editor for each kind of input, and the answers."""
