"""The releases that the catalogue is made from, and how they are fetched: through the ordinary clients, by package name."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import msgspec


class Edition(msgspec.Struct, frozen=True):
    """An API version from which on a tree holds, until the next edition; `python` and `node` are the releases that describe it."""

    since: str
    python: str | None = None
    node: str | None = None

    @property
    def date(self) -> str:
        """The version's date, which is how data names an edition."""
        return self.since[:10]


# Within a family a version is read from the earliest release that is not older. Before 2023-10-16 no release is typed: those
# editions are 2023-10-16 with the differences of `tools/handmade.py`.
EDITIONS = (
    Edition("2020-08-27"),
    Edition("2022-08-01"),
    Edition("2022-11-15"),
    Edition("2023-08-16"),
    Edition("2023-10-16", "8.11.1", "14.25.0"),
    Edition("2024-04-10", "9.12.1", "15.12.0"),
    Edition("2024-06-20", "10.12.1", "16.12.0"),
    Edition("2024-09-30.acacia", "11.6.1", "17.7.0"),
    Edition("2025-03-31.basil", "12.5.2", "18.5.0"),
    Edition("2025-09-30.clover", "13.2.1", "19.3.1"),
    Edition("2025-11-17.clover", "14.4.2", "20.4.1"),
    Edition("2026-03-25.dahlia", "15.0.1", "21.0.1"),
    Edition("2026-04-22.dahlia", "15.6.2", "22.6.2"),
    Edition("2026-09-30.endive", "16.1.0", "23.1.0"),
)


def sources() -> str:
    """What the data was made from, for people."""
    rows = [f"| {each.since} | {each.python or '–'} | {each.node or '–'} |" for each in EDITIONS]
    return _SOURCES.format(rows="\n".join(rows))


_SOURCES = """# Where this data comes from

`editions.json`, `operations.json`, `types.json` and `shapes.json` are made by `make catalogue`; do not edit them. They hold names, types
and structure, read as text from these releases of Stripe's official SDKs, and nothing of the SDKs' documentation:

| from API version | Python SDK | Node SDK |
|---|---|---|
{rows}

The Python SDK gives operations, parameters and fields; the Node SDK tells which fields are null and which are missing. Versions without a
release are 2023-10-16 with the differences in `tools/handmade.py`; what neither SDK names is in `tools/handmade.py` and `tools/legacy.py`.

Both SDKs are distributed under the MIT licence: Python, Copyright (c) 2010-2018 Stripe; Node, Copyright (C) 2011 Ask Bjørn Hansen,
Copyright (C) 2013 Stripe, Inc. Replayer is not made or endorsed by Stripe.

`test_cards.json` and `test_values.json` are kept by hand: facts from Stripe's public pages on testing payments, Connect and SEPA debits.
"""


def python_release(version: str, cache: Path) -> Path:
    """The folder of an unpacked Python release."""
    target = cache / f"python-{version}"
    if not target.exists():
        downloads = cache / "downloads"
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary", ":all:"]
        subprocess.run([*pip, "--dest", str(downloads), f"stripe=={version}"], check=True)
        [wheel] = downloads.glob(f"stripe-{version}-*.whl")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(target)
    return target


def node_release(version: str, cache: Path) -> Path:
    """The folder of an unpacked Node release."""
    target = cache / f"node-{version}"
    if not target.exists():
        downloads = cache / "downloads"
        downloads.mkdir(exist_ok=True)
        subprocess.run(["npm", "pack", "--silent", f"stripe@{version}"], cwd=downloads, check=True, capture_output=True)
        with tarfile.open(downloads / f"stripe-{version}.tgz") as archive:
            archive.extractall(target, filter="data")
    return target
