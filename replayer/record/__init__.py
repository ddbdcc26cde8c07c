"""The recorder: a reverse proxy that journals a user's Stripe traffic into a capture."""

from replayer.record.process import record

__all__ = ["record"]
