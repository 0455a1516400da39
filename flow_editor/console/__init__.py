"""My calls: what an agent does and is told while working at queues' calls. Everybody sees their own only."""
