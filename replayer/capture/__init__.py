"""Captures: the store, what is read out of them (chains, retries, baselines, bindings), redaction, selection, importers."""
