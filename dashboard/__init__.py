"""What people see: a pure view model per screen, then a short render."""
