"""What an untouched window shows: own data, recent projects and examples."""
