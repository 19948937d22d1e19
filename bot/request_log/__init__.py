"""The request log: what people asked for, what became of it, and what it cost."""
