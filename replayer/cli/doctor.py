"""`replayer doctor`: say what is there and what is missing."""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import os
import platform
import sys
from collections.abc import Iterator

KEYS = ("STRIPE_API_KEY", "STRIPE_API_KEY_CONTROL", "STRIPE_API_KEY_CANDIDATE", "REPLAYER_KEY", "REPLAYER_KEY_FILE")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare no options."""


def run(args: argparse.Namespace) -> int:
    """Print one line a thing; keys are never shown."""
    for name, there, text in checks():
        print(f"{'✓' if there else '·'} {name:<12} {text}")
    return 0


def checks() -> Iterator[tuple[str, bool, str]]:
    """Yield name, whether it is there, and what to say of it."""
    good = sys.version_info >= (3, 12)
    yield "python", good, platform.python_version() + ("" if good else ": replayer needs 3.12 or later")
    yield _package("mitmproxy", "recording and reading flow files need it: pip install 'replayer[record]'")
    yield _package("stripe", "not needed; its types are in the catalogue that ships with replayer")
    yield _stripe_mock()
    yield _docker()
    for key in KEYS:
        value = os.environ.get(key)
        yield key.lower().replace("_", "-"), bool(value), _kind(value) if value else "not set"


def _package(name: str, why: str) -> tuple[str, bool, str]:
    if importlib.util.find_spec(name) is None:
        return name, False, f"missing: {why}"
    return name, True, importlib.metadata.version(name)


def _stripe_mock() -> tuple[str, bool, str]:
    from replayer.targets.stripe_mock import find_binary

    binary = find_binary()
    return "stripe-mock", binary is not None, str(binary) if binary else "no binary; a running one or docker serves too"


def _docker() -> tuple[str, bool, str]:
    from replayer.targets.stripe_mock import docker_runs

    there = docker_runs()
    return "docker", there, "an engine answers" if there else "no engine answers: needed only to start stripe-mock where there is no binary"


def _kind(value: str) -> str:
    for prefix in ("sk_test_", "rk_test_", "sk_live_", "rk_live_", "sk_org"):
        if value.startswith(prefix):
            return f"set ({prefix}…)" + ("" if "test" in prefix else ": refused for every write")
    return "set"
