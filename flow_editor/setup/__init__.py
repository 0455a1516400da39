"""Set up my clinic: what a new owner does first, what must be so before patients call, and the demo taken away."""
