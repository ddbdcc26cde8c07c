"""What is still to happen by itself: an account's appointments, in the order of time."""

from __future__ import annotations

from heapq import heappop, heappush

Appointment = tuple[int, int, str, str]  # due (epoch seconds), number, what, the id of the object


class Agenda:
    """Appointments by time; of those at one time, the one made first comes first. Whether one still holds is seen when it is due."""

    def __init__(self) -> None:
        self._heap: list[Appointment] = []
        self._number = 0

    def add(self, due: int, what: str, identifier: str, *, first: bool = False) -> None:
        """Make an appointment; `first` puts it before all others of its time."""
        self._number += 1
        heappush(self._heap, (due, -self._number if first else self._number, what, identifier))

    def next_due(self) -> int | None:
        """When the next appointment is, null where there is none."""
        return self._heap[0][0] if self._heap else None

    def take(self, until: int) -> Appointment | None:
        """The next appointment up to a time, which is then no longer there."""
        return heappop(self._heap) if self._heap and self._heap[0][0] <= until else None

    def keep(self, appointment: Appointment) -> None:
        """Take over an appointment of another agenda, its place among those of one time too."""
        heappush(self._heap, appointment)
        self._number = max(self._number, abs(appointment[1]))

    def by_object(self) -> dict[str, list[Appointment]]:
        """The appointments by the id of the object that they are about."""
        found: dict[str, list[Appointment]] = {}
        for entry in self._heap:
            found.setdefault(entry[3], []).append(entry)
        return found
