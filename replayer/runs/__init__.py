"""A run: the arms, their diff and the verdict, in a folder; and the scenario that describes one."""

from replayer.runs.run import execute, reopen
from replayer.runs.scenario import load_scenario
from replayer.runs.spec import RunSpec

__all__ = ["RunSpec", "execute", "load_scenario", "reopen"]
