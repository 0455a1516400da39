"""The wallboard: queues, agents and callbacks as they are now, for screens on the wall and for whoever supervises."""
