"""Screens on a wall: who let them in, where they hang, and ending them."""
