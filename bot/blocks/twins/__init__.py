"""Digital Twins: the form, the question to the person shown, and what people are told."""
