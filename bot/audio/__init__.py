"""What an audio file really is, how long it is, and its conversion to mp3."""
