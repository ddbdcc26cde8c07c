"""From a capture to an arm: plan, engine, seeding, times. Its only way to `diff` is a capture."""
