"""What the form has around its fields: an unfinished form, and where the bot can't post."""
