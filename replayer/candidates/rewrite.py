"""A candidate that is Python: `rewrite(call)` returns or yields the calls to make instead."""

from __future__ import annotations

import inspect
import runpy
import traceback
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, Protocol

from replayer.candidates.call import Answer, Call, Drop, checked, each
from replayer.model import InputError, ReplayerError


class CandidateError(ReplayerError):
    """The candidate failed on one call; the rest of the run goes on."""


class Candidate(Protocol):
    """Gets a planned call and yields the calls to make; what each was answered comes back from the `yield`."""

    def calls(self, call: Call) -> Generator[Call | Drop, Answer | None, None]:
        """Yield the calls to make in place of `call`."""
        ...


class Unchanged:
    """The control's candidate: every call as it was recorded."""

    def calls(self, call: Call) -> Generator[Call | Drop, Answer | None, None]:
        """Yield the call itself."""
        yield call


class Rewrite:
    """A candidate made of one function."""

    def __init__(self, function: Callable[[Call], Any], *, file: str) -> None:
        self.function = function
        self.file = file

    def calls(self, call: Call) -> Generator[Call | Drop, Answer | None, None]:
        """Yield what the function returns or yields; its mistakes become a CandidateError that names file and line."""
        try:
            if inspect.isgeneratorfunction(self.function):
                yield from self._dialogue(call)
            else:
                yield from each(self.function(call))
        except CandidateError:
            raise
        except (Exception, SystemExit) as error:
            hint = error.hint if isinstance(error, ReplayerError) else None
            what = error.what if isinstance(error, ReplayerError) else f"{type(error).__name__}: {error}"
            raise CandidateError(what, place=self._place(error), hint=hint) from error

    def _dialogue(self, call: Call) -> Generator[Call | Drop, Answer | None, None]:
        dialogue = self.function(call)
        decided = False
        answer: Any = None
        try:
            while True:
                item = checked(dialogue.send(answer))
                decided = True
                answer = yield item
        except StopIteration as stop:
            if stop.value is not None:
                raise InputError("a generator's `return` takes no value", hint="yield the call before you return") from None
        if not decided:
            raise InputError("the rewrite ended without a call", hint="yield the call, or yield call.drop() for none")

    def _place(self, error: BaseException) -> str:
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == self.file]
        return f"{Path(self.file).name}:{lines[-1]}" if lines else Path(self.file).name


def load_rewrite(path: Path) -> Rewrite:
    """Load a candidate's file; it must define `rewrite(call)`."""
    if not path.is_file():
        raise InputError("there is no such candidate file", place=str(path))
    try:
        names = runpy.run_path(str(path), run_name="replayer_candidate")
    except SyntaxError as error:
        raise InputError(f"the candidate is not Python: {error.msg}", place=f"{path}:{error.lineno}:{error.offset}") from error
    except (Exception, SystemExit) as error:
        raise InputError(f"the candidate cannot be loaded: {type(error).__name__}: {error}", place=str(path)) from error
    function = names.get("rewrite")
    if not callable(function):
        raise InputError("the candidate defines no function `rewrite(call)`", place=str(path), hint="def rewrite(call): return call")
    return Rewrite(function, file=str(path))
