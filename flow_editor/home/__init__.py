"""Home: open or closed, what callers are told today, lines now, who is on call, messages, and what needs somebody."""
