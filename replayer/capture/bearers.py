"""Take bearers out of an answer before it is written down: what a replay is answered is somebody's account too."""

from __future__ import annotations

from typing import Any

import msgspec

from replayer.capture._pseudonyms import SECRET, bearer
from replayer.model import Outcome
from replayer.stripeapi import sensitive as known


def without_bearers(outcome: Outcome) -> Outcome:
    """The outcome with a constant in place of each bearer; a client secret keeps the id of what it belongs to."""
    if outcome.body is None and outcome.text is None:
        return outcome
    text = SECRET if outcome.text is not None and known.has_secret(outcome.text) else outcome.text
    return msgspec.structs.replace(outcome, body=_bare(outcome.body), text=text)


def _bare(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _bare(child, key) for key, child in value.items()}
    if isinstance(value, list):
        return [_bare(child, name) for child in value]
    return bearer(value) if isinstance(value, str) and (known.is_secret_name(name) or known.has_secret(value)) else value
