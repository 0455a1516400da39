"""Work that is due: one SQL table, one loop (loop.py), and every kind of it (kinds.py)."""
