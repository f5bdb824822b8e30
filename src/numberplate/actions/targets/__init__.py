"""What takes a delivery: each kind of action is one."""
