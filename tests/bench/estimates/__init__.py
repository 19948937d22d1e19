"""The estimate of a video's price, compared with what is then charged."""
