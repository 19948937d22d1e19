"""Slack's Web API: messages, streamed uploads, people, and Slack's errors as ours."""
