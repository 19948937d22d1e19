"""Sentences that more than one handler shows to somebody whose request can't be carried out."""

NOT_IN_LOG = "This video is no longer in the bot's log. Make a new one with /avatar."
