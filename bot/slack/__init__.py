"""Slack, from the bot's side: messages, streamed uploads, and Slack's errors as ours."""
