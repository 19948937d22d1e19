"""The table of settings and their parsers."""
