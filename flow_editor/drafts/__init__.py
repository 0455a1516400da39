"""Drafts: flows being drawn, by several people at once, and what is wrong with them while they are."""
