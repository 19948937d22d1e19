"""Small videos, and servers that send or receive them."""
