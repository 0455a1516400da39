"""Rehearsals: run on a flow as it is drawn now, and on the flows that use it."""
