"""Which keys a replay may use: an allow-list in code, with no override."""

from __future__ import annotations

import os
import re

from replayer.model import InputError, Refused

CONTROL, CANDIDATE, ANY = "STRIPE_API_KEY_CONTROL", "STRIPE_API_KEY_CANDIDATE", "STRIPE_API_KEY"
_ALLOWED = re.compile(r"[sr]k_test_[0-9A-Za-z_]+")


def checked(key: str, name: str) -> str:
    """The key, if it is a test mode key; raises `Refused`, without showing it, for everything else."""
    if _ALLOWED.fullmatch(key) is None:
        hint = f"{name} must begin with sk_test_ or rk_test_; live, organisation and publishable keys are refused"
        raise Refused("only a test mode key may be used for a replay", hint=hint)
    return key


def check_all() -> None:
    """Refuse to go on while any of the keys that are set is none that a replay may use."""
    for name in (CONTROL, CANDIDATE, ANY):
        if value := os.environ.get(name, "").strip():
            checked(value, name)


def key_for(role: str) -> str:
    """The key of an arm's account: its own, else the one for all arms."""
    own = CANDIDATE if role == "candidate" else CONTROL
    for name in (own, ANY):
        if value := os.environ.get(name, "").strip():
            return checked(value, name)
    raise InputError(f"no key for the {role} arm", hint=f"set {own}, or {ANY} for all arms, to a test mode key (sk_test_… or rk_test_…)")
