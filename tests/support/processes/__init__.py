"""Bots, hosts and databases as processes of their own, and how to kill them."""
