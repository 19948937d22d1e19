"""The request log: what writing to it costs, and what its growth costs."""
