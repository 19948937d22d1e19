"""`/avatar find`: the videos that this person can see, by the words of their scripts."""
