"""What people see of a verdict and of the way to it."""
