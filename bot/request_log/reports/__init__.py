"""What is read of the whole log: for the terminal, Prometheus and the Home tab."""
