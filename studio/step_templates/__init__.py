"""Training steps that come into a project with their networks: their facts, the gallery, what they still need."""
