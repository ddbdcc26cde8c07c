"""What answers a replay: the embedded simulator, stripe-mock, Stripe's test mode, or a server at a URL."""

from replayer.model import InputError, Refused
from replayer.targets.base import Session, Target
from replayer.targets.fake import FakeTarget

__all__ = ["FakeTarget", "Session", "Target", "resolve"]


def resolve(name: str, *, role: str = "control", tag: str = "", clocks: bool = True) -> Target:
    """The target of a name: `simulator`, `stripe-mock`, `test-mode`, or a URL, for an arm of a run with a tag.

    In test mode `clocks` puts customers on test clocks at the recorded time.

    Raises `InputError` for what is none of them, `Refused` for keys that no replay may use and for Stripe's hosts as URLs.
    """
    if name == "simulator":
        from replayer.targets.simulator import SimulatorTarget

        return SimulatorTarget()
    if name == "stripe-mock":
        from replayer.targets.stripe_mock import StripeMockTarget

        return StripeMockTarget()
    if name == "test-mode":
        from replayer.targets.test_mode import TestModeTarget

        return TestModeTarget(role, tag, clocks=clocks)
    if name.startswith(("http://", "https://")):
        from replayer.targets.url import UrlTarget, is_stripe

        target = UrlTarget(name)
        if is_stripe(target.origin):
            raise Refused("Stripe's own hosts are no URL target", hint="--target test-mode guards what it does there")
        return target
    raise InputError(f"{name!r} is no target", hint="targets are simulator, stripe-mock, test-mode and URLs")
