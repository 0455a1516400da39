"""Queues: who answers callers who wait, and by which rules."""
