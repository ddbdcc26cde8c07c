"""Make the catalogue anew from the official SDKs' releases: `make catalogue`."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tools.handmade import Objects, at
from tools.legacy import with_legacy
from tools.merge import Json, Merger
from tools.node_sdk import flag, presence
from tools.operations import by_name, merged
from tools.pack import Packer, table
from tools.python_sdk import Release
from tools.releases import EDITIONS, node_release, python_release, sources

DATA = Path(__file__).parent.parent / "replayer" / "stripeapi" / "data"


def build(cache: Path) -> dict[str, str]:
    """The text of every data file."""
    merger = Merger([edition.date for edition in EDITIONS])
    releases = [Release(python_release(edition.python, cache)) if edition.python else None for edition in EDITIONS]
    objects = answers(releases, cache)
    oldest = next(release for release in releases if release)
    operations = [with_legacy(by_name(list(each.operations())), each is oldest) if each else None for each in releases]
    return files(merge_objects(objects, merger), merged(operations, merger, deletable(objects)))


def answers(releases: Sequence[Release | None], cache: Path) -> list[Objects]:
    """The object trees of every edition: the Python SDK's fields, the Node SDK's presence, and what is kept by hand."""
    typed: list[Objects | None] = []
    for edition, release in zip(EDITIONS, releases, strict=True):
        if release is None or edition.node is None:
            typed.append(None)
            continue
        known = presence(node_release(edition.node, cache))
        typed.append({kind: flag(tree, known.get(kind, {})) for kind, tree in release.objects().items()})
    first = next(objects for objects in typed if objects is not None)
    return [at(objects or first, edition.date) for objects, edition in zip(typed, EDITIONS, strict=True)]


def merge_objects(editions: list[Objects], merger: Merger) -> dict[str, Json]:
    """One tree per object type, over all editions."""
    names = sorted({name for objects in editions for name in objects})
    return {name: merger.fields([objects.get(name) for objects in editions]) for name in names}


def deletable(editions: list[Objects]) -> frozenset[str]:
    """The types that can come back as deleted."""
    return frozenset(name for objects in editions for name, tree in objects.items() if "deleted" in tree)


def files(types: dict[str, Json], operations: dict[str, Json]) -> dict[str, str]:
    """Pack the tables: trees of types and parameters share what is equal."""
    packer = Packer()
    trees = [*types.values(), *(row["params"] for row in operations.values())]
    for tree in trees:
        for value in tree.values():
            packer.observe(value)
    packed_types = {name: _packed(packer, tree) for name, tree in types.items()}
    packed_operations = {name: row | {"params": _packed(packer, row["params"])} for name, row in operations.items()}
    editions = {edition.date: edition.since for edition in EDITIONS}
    return {
        "editions.json": table(editions),
        "operations.json": table(packed_operations),
        "types.json": table(packed_types),
        "shapes.json": table(dict(sorted(packer.shapes.items()))),
        "SOURCES.md": sources(),
    }


def _packed(packer: Packer, tree: dict[str, Json]) -> dict[str, Json]:
    return {key: packer.rewrite_entry(key, value) for key, value in tree.items()}


def main() -> None:
    """Write the data files; an optional argument is a folder that keeps the downloads."""
    with tempfile.TemporaryDirectory() as temporary:
        cache = Path(sys.argv[1] if len(sys.argv) > 1 else temporary)
        cache.mkdir(parents=True, exist_ok=True)
        for name, text in build(cache).items():
            (DATA / name).write_text(text, encoding="utf-8")
            print(f"{name}: {len(text.encode()):,} bytes")


if __name__ == "__main__":
    main()
