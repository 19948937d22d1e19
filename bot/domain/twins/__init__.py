"""Digital Twins: avatars made from footage of a person, who has to allow it."""
