"""Publishing: what it would change, putting versions live and back, plans, history; import, export and templates."""
