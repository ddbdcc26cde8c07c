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


Progress = ArmStarted | Replayed | ArmFinished
