"""The catalogue: one row for everything that can be placed, chosen or called."""
