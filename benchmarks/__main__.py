"""`make bench`: run the short benchmarks, or those named (`python -m benchmarks throughput memory`), and write docs/benchmarks.md."""

import importlib
import json
import sys

from benchmarks.corpus import ROOT

SHORT = ("startup", "equal_pairs", "throughput", "simulator")
RESULTS = ROOT / "docs" / "benchmarks.json"
HEAD = """# Benchmarks

Made by `make bench` and `make proof` on two shared cores. Absolute figures hold for that machine only; the ratios, measured beside each other in one run, are what counts.

| benchmark | figure | value |
|---|---|---|
"""


def main(names: list[str]) -> None:
    """Run, print one JSON object a benchmark, and keep the figures of the others."""
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    for name in names or SHORT:
        figures = importlib.import_module(f"benchmarks.{name}").run()
        print(json.dumps({name: figures}, indent=2, ensure_ascii=False), flush=True)
        results[name] = figures
    RESULTS.write_text(json.dumps(results, indent=2, ensure_ascii=False, sort_keys=True) + "\n")
    rows = [f"| {name} | {figure} | {value} |" for name, figures in sorted(results.items()) for figure, value in figures.items()]
    (ROOT / "docs" / "benchmarks.md").write_text(HEAD + "\n".join(rows) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
