"""Measurements: one file a benchmark, peers beside it, ratios in one run."""
