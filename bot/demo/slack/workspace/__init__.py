"""What is in the workspace: people, conversations, messages, files and views."""
