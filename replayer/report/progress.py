"""A line of progress on stderr, and only on a terminal."""

from __future__ import annotations

from typing import TextIO

from replayer.model import ArmStarted, Progress, Replayed, SendLag


class ProgressLine:
    """Shows how far the arms are; silent where nobody watches."""

    def __init__(self, stream: TextIO, *, quiet: bool) -> None:
        self._stream = stream
        self._quiet = quiet
        self._total = self._done = 0

    def show(self, step: Progress) -> None:
        """Show one step."""
        if isinstance(step, ArmStarted):
            self._total, self._done = step.exchanges, 0
        elif isinstance(step, Replayed):
            self._done += step.count
            if not self._quiet and (self._done % 100 == 0 or self._done == self._total):
                self._stream.write(f"\r{step.role}: {self._done} of {self._total}")
                self._stream.flush()

        elif isinstance(step, SendLag) and not self._quiet:
            self.done()
            self._stream.write(
                f"{step.role}: {step.calls} calls went out {step.median * 1000:.1f} ms (median), {step.p99 * 1000:.1f} ms (p99)"
                " after they could have\n"
            )

    def done(self) -> None:
        """End the line."""
        if not self._quiet:
            self._stream.write("\r\033[K")
            self._stream.flush()
