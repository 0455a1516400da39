"""Test calls: a draft walked by a controller of its own, on a practice switch of its own, as if it were another time."""
