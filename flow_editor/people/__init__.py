"""People, their phones, and whether they sign in."""
