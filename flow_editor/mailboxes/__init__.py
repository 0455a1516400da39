"""Mailboxes, and the messages left in them."""
