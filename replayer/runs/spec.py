"""What a run is asked for; it is kept in the run's folder, so that one that was killed is finished as it was begun."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

import msgspec

from replayer.capture.select import Selection
from replayer.capture.store import Capture, open_capture
from replayer.diff.expect import Expectation
from replayer.model import InputError
from replayer.replay.arms import LANES
from replayer.replay.bind_rules import BindRule
from replayer.replay.horizon import DEFAULT

SPEC = "spec.json"
_FILES = ("candidate", "world", "stimuli")
_IMPORT = re.compile(r"^\s*(?:from|import)\s+([\w., ]+)", re.MULTILINE)
_FREE = ("out", "jobs", "lanes", "noise")  # what a run may be finished with otherwise


class RunSpec(msgspec.Struct, frozen=True, kw_only=True):
    """What to run. `out` is the run's folder; `bind` maps recorded ids to live ones by hand, `rules` say how to find others.

    `min_judged` is the share of the recorded money (0 to 1) that the target must be able to judge before anything is sent; null: half of it
    in test mode, and nothing is asked elsewhere. `candidate_version` is the API version that the candidate's arm asks for. `noise` is the
    file of learned noise, read and written where a second control measures it. `world` is a file of what both arms take as given,
    `stimuli` one of what was done off camera; null: what each source shows.
    """

    capture: Path
    out: Path
    target: str = "simulator"
    candidate: Path | None = None
    selection: Selection | None = None
    expectation: Expectation = Expectation()
    gates: tuple[str, ...] = ()
    accept_origin: bool = False
    accept_gaps: bool = False
    bind: dict[str, str] = {}
    rules: dict[str, BindRule] = {}
    min_judged: float | None = None
    candidate_version: str | None = None
    noise: Path | None = None
    jobs: int | None = None
    lanes: int = LANES
    horizon: str = DEFAULT
    world: Path | None = None
    stimuli: Path | None = None


class _Kept(msgspec.Struct, frozen=True):
    """A spec, and the digests of the files that it names."""

    spec: RunSpec
    digests: dict[str, str]


def keep(spec: RunSpec, capture: Capture) -> None:
    """Keep a spec in its run's folder; `capture` is the one that it names."""
    spec.out.mkdir(parents=True, exist_ok=True)
    whole = _resolved(spec)
    kept = _Kept(whole, _digests(whole, capture))
    (spec.out / SPEC).write_bytes(msgspec.json.format(msgspec.json.encode(kept, enc_hook=str), indent=2))


def kept(run: Path) -> RunSpec | None:
    """What a run was asked for; null where it does not say. Raises InputError where a file that it goes by has changed since."""
    file = run / SPEC
    if not file.is_file():
        return None
    try:
        found = msgspec.json.decode(file.read_bytes(), type=_Kept, dec_hook=_path)
    except msgspec.MsgspecError as error:
        raise InputError(f"this is no spec of a run: {error}", place=str(file), hint="--out takes a new folder") from error
    for name, digest in _digests(found.spec, open_capture(found.spec.capture)).items():
        if digest != found.digests.get(name):
            place = str(getattr(found.spec, name))
            raise InputError(f"the {name} has changed since the run began", place=place, hint="--out takes a new folder for a new run")
    return msgspec.structs.replace(found.spec, out=run)


def require_same(asked: RunSpec, begun: RunSpec) -> None:
    """Raise InputError, which names the option, where a run is to be finished as another one than was begun."""
    one, other = _resolved(asked), _resolved(begun)
    for name in RunSpec.__struct_fields__:
        if name not in _FREE and getattr(one, name) != getattr(other, name):
            raise InputError(
                f"this run was begun with another {name}", place=str(begun.out),
                hint="--resume RUN alone finishes it as it was begun; --out takes a new folder for a new run",
            )  # fmt: skip


def _resolved(spec: RunSpec) -> RunSpec:
    paths = {name: getattr(spec, name).resolve() for name in ("capture", "out", "noise", *_FILES) if getattr(spec, name) is not None}
    return msgspec.structs.replace(spec, **paths)


def _digests(spec: RunSpec, capture: Capture) -> dict[str, str]:
    found = {"capture": capture.digest()}
    for name in _FILES:
        file = getattr(spec, name)
        if file is not None:
            files = sorted(_with_imports(file)) if name == "candidate" else [file]
            found[name] = " ".join(hashlib.sha256(one.read_bytes()).hexdigest() if one.is_file() else "" for one in files)
    return found


def _with_imports(file: Path) -> set[Path]:
    """A candidate's file, and the modules beside it that it imports."""
    found, left = {file}, [file]
    while left:
        text = left.pop().read_text(encoding="utf-8", errors="replace") if file.is_file() else ""
        names = {name.split()[0].split(".")[0] for group in _IMPORT.findall(text) for name in group.split(",") if name.strip()}
        more = {one for name in names if (one := file.parent / f"{name}.py").is_file()} - found
        found |= more
        left += more
    return found


def _path(kind: type, value: Any) -> Any:
    return kind(value)
