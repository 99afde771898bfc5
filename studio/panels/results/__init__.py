"""Results: what the network gets right and wrong, in pictures made of what a run has kept."""
