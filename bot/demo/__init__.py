"""Stand-ins for Slack and Segmind: real servers on this machine, used by the demo and the tests.

They know nothing of the bot: nothing here imports from outside this package.
"""
