"""The map of samples: what a layer makes of them, in two dimensions and in clusters."""
