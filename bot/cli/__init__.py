"""The command line: `python -m bot run | work | check | log | limits | erase | demo`."""
