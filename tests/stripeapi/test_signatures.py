"""Webhook signatures, beside the official SDK's own check."""

import time

import pytest
import stripe

from replayer.stripeapi.signatures import TOLERANCE, sign, verify

BODY, SECRET, NOW = b'{"id": "evt_1"}', "whsec_abc", 1_760_000_000


def test_the_official_sdk_takes_it():
    header = sign(BODY, SECRET, int(time.time()))
    assert stripe.WebhookSignature.verify_header(BODY.decode(), header, SECRET, TOLERANCE)


@pytest.mark.parametrize(
    ("body", "header", "secret", "now", "fits"),
    [
        (BODY, sign(BODY, SECRET, NOW), SECRET, NOW, True),
        (BODY, sign(BODY, SECRET, NOW), SECRET, NOW + TOLERANCE + 1, False),
        (BODY + b" ", sign(BODY, SECRET, NOW), SECRET, NOW, False),
        (BODY, sign(BODY, SECRET, NOW), "whsec_other", NOW, False),
        (BODY, "v1=00," + sign(BODY, SECRET, NOW), SECRET, NOW, True),
        (BODY, "v1=00", SECRET, NOW, False),
        (BODY, "", SECRET, NOW, False),
    ],
)
def test_only_what_was_signed_with_the_secret_and_lately_fits(body, header, secret, now, fits):
    assert verify(body, header, secret, now) is fits
