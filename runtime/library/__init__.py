"""Self-contained, torch-only functions whose source the generated scripts hold."""
