"""From /avatar to a take in the queue."""
