"""Digital Twins in the request log, and the consent of the people they show."""
