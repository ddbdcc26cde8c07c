"""The errors that replayer raises.

ReplayerError            what happened, why, and a hint; exit code 2
├── InputError           something that was given is wrong: a file, a flag, a scenario
│   └── DamagedCapture   a capture's file is damaged elsewhere than at its torn tail
├── NothingSelected      no call is left to replay; exit code 5
├── TargetError          a target cannot be reached or started; exit code 3
├── CannotJudge          too little of the money could be judged; nothing was sent; exit code 3
├── Refused              a safety rule forbids it (a live key, an unknown host); exit code 2
└── Unstorable           an exchange holds what must not be stored, not even hashed; it is left out and counted; exit code 2
"""


class ReplayerError(Exception):
    """Say what happened, where, and what to do about it.

    `what` is one sentence; `place` is `file:line:col` or a part of it; `hint` is what the user can try.
    """

    exit_code = 2

    def __init__(self, what: str, *, place: str | None = None, hint: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.place = place
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.place}: {self.what}" if self.place else self.what


class InputError(ReplayerError):
    """What was given is wrong."""


class DamagedCapture(InputError):
    """A capture's file is damaged elsewhere than at its torn tail."""


class NothingSelected(ReplayerError):
    """No call is left to replay."""

    exit_code = 5


class TargetError(ReplayerError):
    """A target cannot be reached or started."""

    exit_code = 3


class CannotJudge(ReplayerError):
    """Too little could be judged for a run to be worth its calls."""

    exit_code = 3


class Refused(ReplayerError):
    """A safety rule forbids it, with no override."""


class Unstorable(ReplayerError):
    """An exchange holds what must not reach the disk in any form; its text holds nothing of the value."""
