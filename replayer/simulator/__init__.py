"""The embedded stateful Stripe: one file a noun of what it computes, listed in `rules.py`."""

from replayer.simulator.simulator import Simulator

__all__ = ["Simulator"]
