"""Telephone lines to providers, and where calls may go by them."""
