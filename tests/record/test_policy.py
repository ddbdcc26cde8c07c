"""Whom a recorder serves, and when it records."""

from replayer.model import Request
from replayer.record.policy import BYPASS, NOT_SAMPLED, OVER, Policy
from replayer.record.sample import Sample


def test_without_named_keys_everybody_is_served_and_with_them_nobody_else() -> None:
    assert Policy().is_served(None)
    assert not Policy().is_choosy
    policy = Policy(allow_keys=["sk_test:0123456789ab", "ba9876543210"])
    assert policy.is_choosy
    assert [policy.is_served(caller) for caller in ("sk_test:0123456789ab", "rk_live:ba9876543210", "sk_test:000000000000", "sk_test", None)] == [
        True, True, False, False, False,
    ]  # fmt: skip


def test_recording_pauses_by_bypass_and_ends_at_its_time() -> None:
    now = [10.0]
    policy = Policy(until=20.0, clock=lambda: now[0])
    assert policy.pause is None
    policy.is_bypassing = True
    assert policy.pause == BYPASS
    policy.is_bypassing = False
    now[0] = 20.0
    assert policy.pause == OVER


def test_what_is_not_in_the_sample_passes() -> None:
    policy = Policy(sample=Sample(0.5, lambda text: "f" * 12))
    assert policy.passes(Request(method="GET", path="/v1/customers/cus_A1b2C3d4")) == NOT_SAMPLED
    assert policy.passes(Request(method="GET", path="/v1/prices")) is None


def test_refusals_are_counted_by_reason() -> None:
    policy = Policy()
    policy.refuse(403, "no")
    assert policy.refuse(403, "no").status == 403
    assert policy.refused == {"no": 2}
