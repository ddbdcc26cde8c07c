"""What maintainers run by hand: makes the data that ships with replayer. Nothing here is imported by the package."""
