"""Known callers, and lists of callers."""
