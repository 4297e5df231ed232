"""Every read of a page or of the API: each brings what is derived up to date first, and writes nothing else."""
