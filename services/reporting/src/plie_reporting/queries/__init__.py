"""SQL, in one place: what is derived from the facts, and what is counted from it."""
