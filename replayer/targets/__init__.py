"""What answers a replay: the embedded simulator, stripe-mock, or a server at a URL."""

from replayer.model import InputError
from replayer.targets.base import Session, Target
from replayer.targets.fake import FakeTarget

__all__ = ["FakeTarget", "Session", "Target", "resolve"]


def resolve(name: str) -> Target:
    """The target of a name: `simulator`, `stripe-mock`, or a URL. Raises `InputError` for what is none of them."""
    if name == "simulator":
        from replayer.targets.simulator import SimulatorTarget

        return SimulatorTarget()
    if name == "stripe-mock":
        from replayer.targets.stripe_mock import StripeMockTarget

        return StripeMockTarget()
    if name == "test-mode":
        raise InputError("test-mode arrives with the next release", hint="use simulator, stripe-mock or a URL")
    if name.startswith(("http://", "https://")):
        from replayer.targets.url import UrlTarget

        return UrlTarget(name)
    raise InputError(f"{name!r} is no target", hint="targets are simulator, stripe-mock, test-mode and URLs")
