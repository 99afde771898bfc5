"""The document and its meaning: projects, networks, edits, the catalogue of ops, shapes and generated code."""
