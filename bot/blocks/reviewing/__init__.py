"""What people see of due dates, rounds and reminders."""
