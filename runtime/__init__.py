"""Everything that needs torch: data, generated scripts, run folders, workers, the command line."""
