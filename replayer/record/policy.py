"""Whether an exchange is recorded, passed on unrecorded, or refused; nothing of it depends on mitmproxy."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

import msgspec

from replayer.model import Request
from replayer.record.sample import Sample

BYPASS = "--bypass"
OVER = "--until is over"
NOT_SAMPLED = "not in the sample"


class Refusal(msgspec.Struct, frozen=True):
    """Why the recorder answers itself, and with which status."""

    status: int
    why: str


class Policy:
    """What a recorder was told about whom to serve and what to record; `is_bypassing` may be switched while it runs.

    Without `allow_keys` every key is served. `refused` counts, by reason, what was not passed on.
    """

    def __init__(
        self, *, fail_closed: bool = False, is_bypassing: bool = False, until: float | None = None, sample: Sample | None = None,
        allow_keys: Iterable[str] = (), clock: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        self.fail_closed = fail_closed
        self.is_bypassing = is_bypassing
        self.refused: dict[str, int] = {}
        self.sample = sample
        self._until = until
        self._allowed = frozenset(key.rpartition(":")[2] for key in allow_keys)
        self._clock = clock

    @property
    def is_choosy(self) -> bool:
        """Whether only keys that were named are served."""
        return bool(self._allowed)

    def is_served(self, caller: str | None) -> bool:
        """Whether a key, by its mode and fingerprint, may use the recorder."""
        return not self._allowed or (caller is not None and caller.rpartition(":")[2] in self._allowed)

    def refuse(self, status: int, why: str) -> Refusal:
        """Count a refusal."""
        self.refused[why] = self.refused.get(why, 0) + 1
        return Refusal(status, why)

    @property
    def pause(self) -> str | None:
        """Why nothing is recorded at present, null where exchanges are."""
        if self.is_bypassing:
            return BYPASS
        return OVER if self._until is not None and self._clock() >= self._until else None

    def passes(self, request: Request) -> str | None:
        """Why a request is passed on unrecorded, null where it is to be recorded."""
        return NOT_SAMPLED if self.sample is not None and not self.sample.keeps(request) else None
