"""Blocks that ship: drawings to be used as nodes of other drawings."""
