"""The Web API: its methods, how they are called, and what each answers."""
