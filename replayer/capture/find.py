"""Find somebody in a redacted capture: whoever holds the project's key can compute what stands for a text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import msgspec

from replayer.capture.redact import Redactor
from replayer.capture.store import Capture
from replayer.model import Exchange, InputError, Unstorable

_CUSTOMER = re.compile(r"(?<![A-Za-z0-9_])cus_[A-Za-z0-9]{6,}")


class Found(msgspec.Struct, frozen=True):
    """An exchange in which a text stands, and the customers that it names."""

    exchange: Exchange
    customers: list[str]


def needles(capture: Capture, texts: Sequence[str], redactor: Redactor | None) -> list[str]:
    """What stands for texts in a capture: their pseudonyms, or the texts themselves where it was not redacted.

    Raises InputError where the capture was redacted with another key, and for a card's number, which no capture holds.
    """
    if redactor is None:
        return list(texts)
    if capture.manifest.redaction != redactor.fingerprint():
        what = f"this capture was redacted with the key {capture.manifest.redaction}, and the project's is {redactor.fingerprint()}"
        raise InputError(what, place=str(capture.path), hint="set REPLAYER_KEY or REPLAYER_KEY_FILE to the key that it was made with")
    try:
        return [redactor.pseudonym(text) for text in texts]
    except Unstorable:
        raise InputError("a card's number is in no capture, in no form", hint="look for a name or an email") from None


def find(capture: Capture, texts: Sequence[str]) -> Iterator[Found]:
    """Yield the exchanges in which one of the texts stands as a whole value, or as a word of a sentence."""
    quoted = re.compile("|".join(rf"(?<![A-Za-z0-9_~]){re.escape(text)}(?![A-Za-z0-9_~])" for text in texts))
    for exchange in capture.exchanges():
        line = msgspec.json.encode([exchange.request, exchange.outcome]).decode()
        if quoted.search(line) or any(text in line for text in _escaped(texts)):
            yield Found(exchange, sorted(set(_CUSTOMER.findall(line))))


def _escaped(texts: Sequence[str]) -> list[str]:
    """Texts that JSON writes otherwise."""
    return [written for text in texts if (written := msgspec.json.encode(text).decode()) != f'"{text}"']
