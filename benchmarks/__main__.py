"""`make bench`: run the short benchmarks, or those named: `python -m benchmarks throughput memory`."""

import importlib
import json
import sys

SHORT = ("startup", "equal_pairs", "throughput")


def main(names: list[str]) -> None:
    """Run and print one JSON object a benchmark."""
    for name in names or SHORT:
        figures = importlib.import_module(f"benchmarks.{name}").run()
        print(json.dumps({name: figures}, indent=2, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
