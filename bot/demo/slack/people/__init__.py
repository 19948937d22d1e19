"""What people do in the workspace: commands, forms, buttons and messages."""
