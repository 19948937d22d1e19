"""Stand-ins for Slack and Segmind: real servers on loopback that the demo and the tests share.

They speak the wire and know nothing of the bot; nothing outside this package is imported here.
"""
