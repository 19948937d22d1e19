"""Who is asked for a decision: reminders, due dates, and whose turn it is."""
