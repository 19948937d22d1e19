"""Who is reminded of a review, and whose turn it is."""
