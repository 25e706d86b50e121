"""What people see, drawn from plain data."""
