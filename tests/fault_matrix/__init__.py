"""Kills the bot, or cuts a connection, at every point of a render that somebody can see."""
