"""What is put on Segmind's storage."""
