"""How far the clocks of other services may differ from ours. Pure."""

from datetime import timedelta

# Whatever is searched for by its time, at Slack or Segmind, is searched for from this much earlier.
CLOCK_SKEW = timedelta(minutes=2)
