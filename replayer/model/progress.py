"""What the engine tells of its work; terminal, JSON, page and pytest only consume it."""

import msgspec


class ArmStarted(msgspec.Struct, frozen=True):
    """An arm begins; `exchanges` is how many recorded calls it will replay."""

    role: str
    target: str
    exchanges: int


class Replayed(msgspec.Struct, frozen=True):
    """`count` more recorded calls of an arm are done."""

    role: str
    count: int


class ArmFinished(msgspec.Struct, frozen=True):
    """An arm is done and its capture lies at `path`."""

    role: str
    path: str


class SendLag(msgspec.Struct, frozen=True):
    """How late an arm's calls went out, in seconds after they could have: queueing in the client, never the candidate's doing."""

    role: str
    calls: int
    median: float
    p99: float


Progress = ArmStarted | Replayed | ArmFinished | SendLag
