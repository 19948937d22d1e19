"""The bot's answers to Slack, compared with a bare aiohttp handler."""
