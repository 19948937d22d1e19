"""How the workspace reaches the bot: Socket Mode or HTTP, payloads and events."""
