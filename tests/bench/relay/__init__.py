"""The way of a video from Segmind's CDN to Slack, compared with curl."""
