"""When to ask Segmind whether a render is finished. Pure."""
