"""The casting sheet, ordered at the host of the bot."""
