"""Prompts: what callers hear, spoken by the computer from its text, uploaded, or recorded here."""
