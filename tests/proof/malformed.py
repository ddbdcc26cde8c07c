"""Malformed inputs: sound files of every format, or what stands in them (forms, JSON, headers, parts), broken in ways that a seed decides."""

from __future__ import annotations

import base64
import io
import json
import random
import resource
import shutil
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from replayer.capture.importers import Summary, import_paths
from replayer.capture.project_key import ProjectKey
from replayer.capture.redact import Redactor
from replayer.model import ReplayerError

REDACTOR = Redactor(ProjectKey(b"a key of the tests"))
CANARY = "Jane Canary-4711"
API_KEY = "sk_test_4eC39HqLyjWDarjtT1zdp7dc"
URL = "https://api.stripe.com/v1/customers?limit=3&email=jane%40doe.example"
DATE = "Thu, 26 Nov 2026 01:00:00 GMT"
ALIEN = ("[", "{", "]", "}", ":", ",", '"', "'", "&", "*", "!", "%", "\\", "\n", "\t", "- ", "\x00", "\ufeff", "\ud800", "é", "🙂", "null", "1e999", "-0", "NaN", "!!python/object:os.system x", "!ruby/object:X {}",
         "&a [*a]", "<<: *a", "%zz", "%ff", "[]" * 40, "[" * 300, "a[" * 300, "9" * 400, "~", "\r\n\r\n", "--B")  # fmt: skip
OTHER_VALUES: list[Any] = [None, True, -1, 10**30, 10**400, 1.5, "", "x", "é\ud800", [], {}, [[]], {"": None}, {"code": "x"}, "9" * 400, [None], {"string": 5}]  # fmt: skip


class Parts(msgspec.Struct, frozen=True):
    """What stands in a file: a form, a JSON answer, a header's value, a multipart body."""

    form: str = f"amount=5&items[0][price]=price_A1b2C3d4&metadata[a]={CANARY}&expand[]=x.y"
    answer: str = json.dumps(
        {"id": "cus_A1b2C3d4", "object": "customer", "metadata": {"a": CANARY}, "balance": 5, "nested": [{"x": [1, 2]}]}
    )
    header: str = DATE
    multipart: str = (
        f'--B\r\nContent-Disposition: form-data; name="purpose"\r\n\r\n{CANARY}\r\n'
        f'--B\r\nContent-Disposition: form-data; name="file"; filename="{CANARY}"\r\n\r\ny\r\n--B--\r\n'
    )


def _interaction(parts: Parts, *, is_ruby: bool = False) -> dict[str, Any]:
    headers = {
        "Content-Type": ["application/x-www-form-urlencoded"],
        "Authorization": [f"Bearer {API_KEY}"],
        "Idempotency-Key": [parts.header],
    }
    body = {"encoding": "UTF-8", "string": parts.form} if is_ruby else parts.form
    answer = {
        "status": {"code": 200, "message": "OK"},
        "headers": {"Content-Type": ["application/json"], "Date": [parts.header], "Request-Id": [parts.header]},
        "body": {"string": parts.answer},
    }
    return {"request": {"method": "post", "uri": URL, "body": body, "headers": headers}, "response": answer, "recorded_at": parts.header}


def _upload(parts: Parts) -> dict[str, Any]:
    headers = {"Content-Type": ["multipart/form-data; boundary=B"]}
    request = {"method": "POST", "uri": "https://files.stripe.com/v1/files", "headers": headers, "body": parts.multipart}
    return {**_interaction(parts), "request": request}


def _ruby(parts: Parts) -> dict[str, Any]:
    return {"http_interactions": [_interaction(parts, is_ruby=True)] * 2, "recorded_with": "VCR 6"}


def _python(parts: Parts) -> dict[str, Any]:
    return {"version": 1, "interactions": [_interaction(parts), _upload(parts)]}


def _har(parts: Parts) -> dict[str, Any]:
    headers = [{"name": "Content-Type", "value": "application/x-www-form-urlencoded"}, {"name": "Stripe-Version", "value": parts.header}]
    content = {"text": base64.b64encode(_bytes(parts.answer)).decode(), "encoding": "base64"}
    entry = {
        "request": {"method": "POST", "url": URL, "headers": headers, "postData": {"text": parts.form}},
        "response": {"status": 200, "headers": [], "content": content},
        "startedDateTime": "2026-11-26T01:00:00Z",
        "time": 5,
    }
    return {"log": {"entries": [entry] * 2}}


def _events(parts: Parts) -> list[str]:
    event = {"id": "evt_A1b2C3d4", "object": "event", "type": "customer.created", "created": 1790000000, "api_version": parts.header}
    return [json.dumps(event)[:-1] + f', "data": {{"object": {parts.answer}}}}}'] * 2


def _flows(parts: Parts) -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # mitmproxy's own affair
        from mitmproxy.io import FlowWriter
        from mitmproxy.test import tflow

    out = io.BytesIO()
    for _ in range(2):
        flow = tflow.tflow(resp=True)
        flow.request.url, flow.request.content = URL, _bytes(parts.form)
        assert flow.response is not None
        flow.response.content = _bytes(parts.answer)
        FlowWriter(out).add(flow)
    return out.getvalue()


def _yaml(value: object) -> bytes:
    from ruamel.yaml import YAML

    out = io.BytesIO()
    YAML(typ="safe").dump(value, out)
    return out.getvalue()


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogatepass")


FILES: dict[str, Callable[[Parts], bytes]] = {
    "ruby.yml": lambda parts: _yaml(_ruby(parts)),
    "ruby.json": lambda parts: json.dumps(_ruby(parts)).encode(),
    "python.yaml": lambda parts: _yaml(_python(parts)),
    "python.json": lambda parts: json.dumps(_python(parts)).encode(),
    "archive.har": lambda parts: json.dumps(_har(parts)).encode(),
    "flows.mitm": _flows,
    "events.json": lambda parts: _bytes('{"object": "list", "data": [' + ", ".join(_events(parts)) + "]}"),
    "events.jsonl": lambda parts: _bytes("\n".join(_events(parts)) + "\n"),
}
KINDS = ("whole files", *Parts.__struct_fields__)


def malformed(seed: int) -> tuple[str, str, bytes]:
    """A file's name, what of it is broken, and its content: in half of them the file, in the others one of its parts."""
    chance = random.Random(seed)
    name = list(FILES)[seed % len(FILES)]
    kind = KINDS[0] if seed // len(FILES) % 2 else KINDS[1 + seed // len(FILES) // 2 % (len(KINDS) - 1)]
    if kind == KINDS[0]:
        return name, kind, broken(FILES[name](Parts()), chance)
    wounded = broken(_bytes(getattr(Parts(), kind)), chance).decode(
        "utf-8", "replace" if name.endswith(("yml", "yaml")) else "surrogateescape"
    )
    try:
        return name, kind, FILES[name](msgspec.structs.replace(Parts(), **{kind: wounded}))
    except (UnicodeEncodeError, ValueError):  # this format has no way to write what a wound left: such a file does not exist
        return name, KINDS[0], broken(FILES[name](Parts()), chance)


def broken(content: bytes, chance: random.Random) -> bytes:
    """The content with one to four wounds."""
    for _ in range(chance.randint(1, 4)):
        content = _wounded(content, chance) or b"x"
    return content


def _wounded(content: bytes, chance: random.Random) -> bytes:
    """Bytes cut off, cut out, doubled, flipped, or something alien put in; in JSON also another value at a place."""
    place, other = sorted(chance.randrange(len(content) + 1) for _ in range(2))
    head, middle, tail = content[:place], content[place:other], content[other:]
    match chance.randrange(7):
        case 0:
            return head
        case 1:
            return head + tail
        case 2:
            return head + middle * 2 + tail
        case 3:
            return head + bytes([chance.randrange(256)]) + content[place + 1 :]
        case 4:
            return head + _bytes(chance.choice(ALIEN)) + content[place:]
        case _:
            return _other_value(content, chance)


def _other_value(content: bytes, chance: random.Random) -> bytes:
    """JSON with another value at some place of its tree; what is no JSON is left as it is."""
    try:
        tree = json.loads(content)
    except ValueError:
        return content
    places = list(_places(tree))
    if places:
        node, key = chance.choice(places)
        node[key] = chance.choice(OTHER_VALUES)
    return json.dumps(tree).encode()


def _places(value: Any) -> list[tuple[Any, Any]]:
    pairs = list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    return [(value, key) for key, _ in pairs] + [place for _, child in pairs for place in _places(child)]


class Outcomes(msgspec.Struct):
    """What became of the inputs, by file and by what was broken: `read`, `problem`, `error`; and the failures, with their seeds."""

    by_file: dict[str, Counter[str]] = {}
    by_kind: dict[str, Counter[str]] = {}
    failures: list[str] = []
    peak_growth_kb: int = 0


def feed(seeds: range, folder: Path) -> Outcomes:
    """Import a broken file for each seed; whatever is neither read, nor a counted problem, nor a ReplayerError is a failure.

    So is what leaves a value of the file on the disk, in the capture or in an error's words.
    """
    found = Outcomes()
    feed_one(0, folder, Outcomes())  # what is imported once, and its caches, are no growth
    before = _peak()
    for seed in seeds:
        feed_one(seed, folder, found)
    found.peak_growth_kb = _peak() - before
    return found


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def feed_one(seed: int, folder: Path, found: Outcomes) -> None:
    """Import the broken file of one seed, and note what became of it."""
    name, kind, content = malformed(seed)
    file, out = folder / name, folder / "out"
    file.write_bytes(content)
    said = ""
    try:
        word = _word(import_paths([file], out, redactor=REDACTOR))
    except ReplayerError as error:
        word, said = "error", f"{error} {error.hint}"
    except BaseException as failure:
        word = "failure"
        found.failures.append(f"seed {seed}, {name}, {kind}: {type(failure).__name__}: {failure}"[:300])
    written = b"".join(part.read_bytes() for part in out.iterdir()) if out.exists() else b""
    if any(_bytes(text) in written + _bytes(said) for text in (CANARY, API_KEY)):
        found.failures.append(f"seed {seed}, {name}, {kind}: a value of the file is on the disk")
    found.by_file.setdefault(name, Counter())[word] += 1
    found.by_kind.setdefault(kind, Counter())[word] += 1
    shutil.rmtree(out, ignore_errors=True)


def _word(summary: Summary) -> str:
    if summary.problems:
        return "problem"
    return "read" if summary.exchanges or summary.left_out else "nothing in it"
