"""Drive many calls at once: threads wait for answers, one lock guards everything else."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from threading import Condition, Lock, Thread
from typing import Any, Protocol

from replayer.model import Exchange, Outcome
from replayer.replay.schedule import Board

_BATCH = 64  # results that the reader is woken for, so that it does not take turns with the lanes for each


class Job(Protocol):
    """Something to do in steps: each step is a call to send, the last one returns what was done."""

    def steps(self) -> Generator[Any, Outcome, list[Exchange]]:
        """Begin; runs under the lock, and never waits."""
        ...

    def send(self, planned: Any) -> Outcome:
        """Send a call; runs beside others."""
        ...


def run_parallel[J: Job](calls: Iterable[tuple[J, frozenset[int]]], lanes: int, lags: list[float]) -> Iterator[tuple[J, list[Exchange]]]:
    """Yield what was done for each job, in the order of `calls`, which name the places of those that each waits for.

    `lags` gets, for every job, the seconds between when its first call could have gone and when it went: what the client itself cost.
    """
    crew = _Crew(Board(calls), lags)
    threads = [Thread(target=crew.work, daemon=True) for _ in range(lanes)]
    for thread in threads:
        thread.start()
    try:
        yield from crew.results()
    finally:
        crew.stop()
        for thread in threads:
            thread.join()


class _Crew[J: Job]:
    """The lanes' common state; everything but `send` happens under one lock."""

    def __init__(self, board: Board[J], lags: list[float]) -> None:
        self._board, self._lags = board, lags
        self._lock = Lock()
        self._work, self._arrived = Condition(self._lock), Condition(self._lock)
        self._ready: deque[tuple[int, J, float]] = deque()
        self._done: dict[int, tuple[J, list[Exchange]]] = {}
        self._following = 0
        self._error: BaseException | None = None
        self._over = False
        with self._lock:
            self._fill()

    def results(self) -> Iterator[tuple[J, list[Exchange]]]:
        """Yield results in order until all is done; raises what a lane raised."""
        while True:
            with self._lock:
                while not self._over and len(self._done) < _BATCH:
                    self._arrived.wait()
                batch = []
                while self._following in self._done:
                    batch.append(self._done.pop(self._following))
                    self._following += 1
                over, error = self._over, self._error
                if not batch and not over:
                    self._arrived.wait()
            yield from batch
            if error is not None:
                raise error
            if over:
                return

    def stop(self) -> None:
        """End the lanes after the calls that are under way."""
        with self._lock:
            self._over = True
            self._work.notify_all()

    def work(self) -> None:
        """Be one lane."""
        with self._lock:
            try:
                while (item := self._take()) is not None:
                    place, job, due = item
                    self._done[place] = job, self._talk(job, due)
                    self._board.done(place)
                    self._fill()
                    if len(self._done) >= _BATCH:
                        self._arrived.notify()
            except BaseException as error:  # handed to the reader, which raises it
                self._error = self._error or error
                self._end()

    def _talk(self, job: J, due: float) -> list[Exchange]:
        """Make one recorded call's steps; the lock is let go while a call is under way."""
        dialogue = job.steps()
        try:
            planned = next(dialogue)
            self._lags.append(time.monotonic() - due)
            while True:
                self._lock.release()
                try:
                    outcome = job.send(planned)
                finally:
                    self._lock.acquire()
                planned = dialogue.send(outcome)
        except StopIteration as end:
            made: list[Exchange] = end.value
            return made

    def _take(self) -> tuple[int, J, float] | None:
        while not self._ready and not self._over:
            self._work.wait()
        return None if self._over else self._ready.popleft()

    def _fill(self) -> None:
        """Take in what has become ready; ends everything once all is done."""
        now = time.monotonic()
        found = self._board.ready()
        self._ready.extend((place, job, now) for place, job in found)
        if found:
            self._work.notify(len(found))
        if self._board.finished:
            self._end()

    def _end(self) -> None:
        self._over = True
        self._work.notify_all()
        self._arrived.notify_all()
