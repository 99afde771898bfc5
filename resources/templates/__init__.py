"""Published architectures as drawings."""
