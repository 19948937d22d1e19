"""What is owed, also after a restart: messages in a thread, and reading what was missed there."""
