"""What the handlers react with. The map of the code is in the README."""
