"""Notes: replies that are notes, what the bot answers to them, and the form with all of them."""
