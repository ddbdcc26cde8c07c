"""Plan and diff a million exchanges: the goal is 300 MB. Each runs in a process of its own, whose peak is read from the system."""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.corpus import capture, repeated

EXCHANGES = int(os.environ.get("BENCHMARK_EXCHANGES", "1000000"))

_PLAN = """
from replayer.capture.store import open_capture
from replayer.replay.plan import Planner
from replayer.targets import resolve
capture = open_capture(PATHS[0])
planner = Planner(resolve("simulator"), None)
for source in capture.sources:
    planner.source(capture, source.name)
print(planner.plan().calls)
"""
_DIFF = """
from pathlib import Path
from replayer.runs import RunSpec
from replayer.runs.run import judge_captures
verdict = judge_captures(RunSpec(capture=Path(PATHS[0]), out=Path(PATHS[0]).parent), Path(PATHS[1]), Path(PATHS[2]))
print(verdict.exchanges)
"""
# The process's own peak; `ru_maxrss` would be that of the process which started it, where that is larger.
_PEAK = """
print(int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1]) // 1024)
"""


def run() -> dict[str, object]:
    """Make a capture of a million exchanges and its arms, then plan and diff it."""
    from replayer.replay.arms import ArmJob, Setting, run_arms

    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCHMARK_DIR")) as folder:
        root = Path(folder)
        once = capture(root / "once")
        setting = Setting(capture=once.path, target="simulator", seed="benchmark")
        for _ in run_arms(setting, [ArmJob(role="control", out=root / "arm-c"), ArmJob(role="candidate", out=root / "arm-k")]):
            pass
        from replayer.capture.store import open_capture

        many = repeated(once, root / "many", EXCHANGES)
        count = len(list(open_capture(root / "arm-c").exchanges())) * EXCHANGES // len(once)
        for name in ("c", "k"):
            arm = repeated(open_capture(root / f"arm-{name}"), root / name, count)
            manifest = json.loads((arm.path / "manifest.json").read_text())
            manifest["parent"] = {"path": "../many", "digest": many.digest()}
            (arm.path / "manifest.json").write_text(json.dumps(manifest))
        paths = [str(root / name) for name in ("many", "c", "k")]
        result: dict[str, object] = {"exchanges": EXCHANGES}
        for name, code in (("plan", _PLAN), ("diff", _DIFF)):
            begun = time.perf_counter()
            done = subprocess.run([sys.executable, "-c", f"PATHS = {paths!r}\n{code}{_PEAK}"], check=True, capture_output=True, text=True)
            result[f"{name}, peak MB"] = int(done.stdout.splitlines()[-1])
            result[f"{name}, seconds"] = round(time.perf_counter() - begun)
        return result
