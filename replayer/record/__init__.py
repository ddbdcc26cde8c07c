"""The recorder: proxies that journal a user's Stripe traffic into a capture."""

from replayer.record.process import record
from replayer.record.settings import Settings

__all__ = ["Settings", "record"]
