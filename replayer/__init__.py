"""Shadow-testing for Stripe integrations: record, replay with a candidate, diff the money."""

__version__ = "0.1.0"
__all__ = ["__version__"]
