"""What every set-up page shares: listing, changing, history and undo, where something is used, and what a change would do."""
