"""A person's own audio in the form: what it is, and whether a link can be used."""
