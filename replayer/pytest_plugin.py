"""Scenarios as tests: `pytest scenarios/` runs every folder that holds a scenario.yaml. Loads nothing until it finds one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest


def pytest_collect_file(parent: pytest.Collector, file_path: Path) -> ScenarioFile | None:
    """Collect scenario files."""
    return ScenarioFile.from_parent(parent, path=file_path) if file_path.name == "scenario.yaml" else None


class ScenarioFailed(Exception):
    """A scenario did not end in match or as intended; holds the report."""


class ScenarioFile(pytest.File):
    """One scenario's file."""

    def collect(self) -> Iterator[pytest.Item]:
        """Yield the one test that the scenario is."""
        yield ScenarioItem.from_parent(self, name=self.path.parent.name)


class ScenarioItem(pytest.Item):
    """One scenario as a test: passes where the exit code would be 0."""

    def runtest(self) -> None:
        """Run the scenario."""
        import tempfile

        from replayer.model import Verdict
        from replayer.report.terminal import last_line, report_lines
        from replayer.runs import execute, load_scenario

        with tempfile.TemporaryDirectory(prefix="replayer-") as scratch:
            *_, verdict = execute(load_scenario(self.path.parent, Path(scratch)))
        if not isinstance(verdict, Verdict):
            raise TypeError(f"a run ends in a verdict, not in {verdict!r}")
        report = "\n".join(report_lines(verdict))
        if verdict.exit_code:
            raise ScenarioFailed(f"{last_line(verdict)}\n{report}")
        self.add_report_section("call", "replayer", report)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: object = None) -> str:
        """Show the report, or what is wrong with the scenario."""
        from replayer.model import ReplayerError

        error = excinfo.value
        hint = f"\nhint: {error.hint}" if isinstance(error, ReplayerError) and error.hint else ""
        return f"{error}{hint}" if isinstance(error, ScenarioFailed | ReplayerError) else str(super().repr_failure(excinfo))

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where the scenario stands."""
        return self.path, 0, f"scenario: {self.name}"
