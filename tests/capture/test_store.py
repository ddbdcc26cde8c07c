"""The store: what is written comes back, after any crash at least a prefix of it."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replayer.capture.store import Capture, Writer, join, open_capture
from replayer.model import (
    Arm,
    BaselineObject,
    Claims,
    CustomerMoney,
    DamagedCapture,
    Exchange,
    InputError,
    Manifest,
    Outcome,
    Parent,
    Request,
    Source,
)


def an_exchange(number: int = 1, source: str = "a", **changes: Any) -> Exchange:
    request = Request(method="POST", path=f"/v1/customers/{number}", params={"name": f"n{number}"}, version="2026-03-25.dahlia")
    outcome = Outcome(status=200, body={"id": f"cus_{number}", "n": number})
    return Exchange(**{"id": "", "source": source, "at": 1.5 * number, "request": request, "outcome": outcome, **changes})


def written(path: Path, exchanges: list[Exchange], **options: Any) -> Capture:
    with Writer(path, Manifest(), **options) as writer:
        for exchange in exchanges:
            writer.append(exchange)
    return open_capture(path)


def test_what_is_written_comes_back_in_order_with_ids_from_1(tmp_path: Path) -> None:
    capture = written(tmp_path / "deep" / "capture", [an_exchange(n) for n in range(1, 6)])
    found = list(capture.exchanges())
    assert [exchange.id for exchange in found] == ["x1", "x2", "x3", "x4", "x5"]
    assert [exchange.request.path for exchange in found] == [f"/v1/customers/{n}" for n in range(1, 6)]
    assert capture.exchange("x4") == found[3]
    assert len(capture) == 5
    assert capture.damage == []


def test_append_returns_the_exchange_as_it_was_written(tmp_path: Path) -> None:
    with Writer(tmp_path, Manifest()) as writer:
        returned = writer.append(an_exchange(7))
    assert open_capture(tmp_path).exchange("x1") == returned


def test_the_manifest_counts_sources_versions_and_lanes_itself(tmp_path: Path) -> None:
    exchanges = [an_exchange(1, "b"), an_exchange(2, "a"), an_exchange(3, "b", lane="webhook")]
    with Writer(tmp_path, Manifest(parent=Parent("../p", "d"), sources=[Source("a", "har")])) as writer:
        writer.source("b", "vcrpy")
        for exchange in exchanges:
            writer.append(exchange)
    manifest = open_capture(tmp_path).manifest
    assert manifest.sources == [Source("b", "vcrpy", 2), Source("a", "har", 1)]
    assert manifest.versions == {"2026-03-25.dahlia": 3}
    assert manifest.lanes == ["api", "webhook"]
    assert manifest.parent == Parent("../p", "d")


def test_sources_are_read_alone_where_they_are_contiguous_and_where_they_are_not(tmp_path: Path) -> None:
    order = "aabbbabcca"
    capture = written(tmp_path, [an_exchange(n, source) for n, source in enumerate(order, 1)], segment_bytes=400)
    for wanted in ({"a"}, {"b"}, {"c", "a"}, {"a", "b", "c"}):
        expected = [f"x{n}" for n, source in enumerate(order, 1) if source in wanted]
        assert [exchange.id for exchange in capture.exchanges(wanted)] == expected
    assert [source.name for source in capture.sources] == ["a", "b", "c"]


def test_an_unknown_source_is_an_error_that_names_the_nearest(tmp_path: Path) -> None:
    capture = written(tmp_path, [an_exchange(1, "checkout.yml")])
    with pytest.raises(InputError) as error:
        capture.exchanges({"chekout.yml"})
    assert "checkout.yml" in (error.value.hint or "")


def test_an_unknown_id_is_an_error_that_says_which_there_are(tmp_path: Path) -> None:
    capture = written(tmp_path, [an_exchange(1)])
    for identifier in ("x0", "x2", "y1", "x", "x-1", "x²", "1"):
        with pytest.raises(InputError, match="no exchange"):
            capture.exchange(identifier)


def test_an_open_exchange_gets_the_outcome_of_its_close_and_one_never_closed_is_open(tmp_path: Path) -> None:
    with Writer(tmp_path, Manifest(), sync=True) as writer:
        first, second = writer.open(an_exchange(1)), writer.open(an_exchange(2))
        third = writer.open(an_exchange(3))
        writer.close(third.id, Outcome(status=402), 0.25)
        writer.close(first.id, Outcome(status=200, body={"a": [1]}), 0.5)
    found = list(open_capture(tmp_path).exchanges())
    assert [exchange.id for exchange in found] == [first.id, second.id, third.id]
    assert found[0].outcome == Outcome(status=200, body={"a": [1]})
    assert found[0].duration == 0.5
    assert found[1].outcome == Outcome(error="open")
    assert found[2].outcome.status == 402
    assert open_capture(tmp_path).exchange("x1") == found[0]


def test_what_a_synced_writer_acknowledged_is_on_disk_before_it_is_closed(tmp_path: Path) -> None:
    writer = Writer(tmp_path, Manifest(origin="somewhere"), sync=True)
    writer.append(an_exchange(1, lane="webhook"))
    writer.open(an_exchange(2))
    capture = open_capture(tmp_path)
    assert len(list(capture.exchanges())) == 2
    assert capture.manifest.sources == [Source("a", "record", 2)]
    assert capture.manifest.lanes == ["api", "webhook"]
    assert capture.manifest.versions == {"2026-03-25.dahlia": 2}
    assert capture.manifest.origin == "somewhere"
    writer.finish()


def test_appending_continues_the_ids_and_keeps_the_manifest(tmp_path: Path) -> None:
    written(tmp_path, [an_exchange(n) for n in range(1, 4)], segment_bytes=300)
    with Writer(tmp_path, Manifest(origin="other"), append=True, segment_bytes=300) as writer:
        assert writer.append(an_exchange(9, "recorder-2")).id == "x4"
    capture = open_capture(tmp_path)
    assert [exchange.source for exchange in capture.exchanges()] == ["a", "a", "a", "recorder-2"]
    assert capture.manifest.origin == "api.stripe.com"
    assert [source.exchanges for source in capture.manifest.sources] == [3, 1]
    assert capture.manifest.versions == {"2026-03-25.dahlia": 4}


def test_a_folder_that_holds_a_capture_is_not_written_over(tmp_path: Path) -> None:
    written(tmp_path, [an_exchange(1)])
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    for _ in range(2):
        with pytest.raises(InputError, match="already holds a capture"):
            Writer(tmp_path, Manifest())
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_a_capture_has_one_writer_at_a_time(tmp_path: Path) -> None:
    with Writer(tmp_path, Manifest()) as writer:
        with pytest.raises(InputError, match="another program"):
            Writer(tmp_path, Manifest(), append=True)
        writer.append(an_exchange(1))
    with Writer(tmp_path, Manifest(), append=True) as writer:
        assert writer.append(an_exchange(2)).id == "x2"


def test_a_file_in_the_way_of_a_capture_is_an_input_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="a file is in its way"):
        Writer(tmp_path / "file", Manifest())


def test_an_exception_leaves_a_readable_capture(tmp_path: Path) -> None:
    def fail() -> None:
        with Writer(tmp_path, Manifest()) as writer:
            writer.append(an_exchange(1))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert len(list(open_capture(tmp_path).exchanges())) == 1


def test_the_same_input_makes_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        with Writer(tmp_path / name, Manifest(versions={"b": 1, "a": 1})) as writer:
            writer.append(an_exchange(1))
            writer.baseline("a", [BaselineObject(id="cus_1", provenance="named")])
    for file in (tmp_path / "one").iterdir():
        assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes()
    assert open_capture(tmp_path / "one").digest() == open_capture(tmp_path / "two").digest()


def test_the_digest_changes_with_an_exchange_and_with_the_baseline(tmp_path: Path) -> None:
    digests = {written(tmp_path / "one", [an_exchange(1)]).digest(), written(tmp_path / "two", [an_exchange(2)]).digest()}
    with Writer(tmp_path / "three", Manifest()) as writer:
        writer.append(an_exchange(1))
        writer.baseline("a", [])
    digests.add(open_capture(tmp_path / "three").digest())
    assert len(digests) == 3


def test_a_baseline_is_read_by_source(tmp_path: Path) -> None:
    price = BaselineObject(id="price_1", object="price", provenance="observed", state={"id": "price_1", "unit_amount": 5.0}, seen="x3")
    with Writer(tmp_path, Manifest()) as writer:
        writer.baseline("a/b.yml", [price])
        writer.baseline('q"uote', [BaselineObject(id="cus_1", provenance="named")])
    capture = open_capture(tmp_path)
    assert capture.baseline("a/b.yml") == [price]
    assert [found.id for found in capture.baseline('q"uote')] == ["cus_1"]
    assert capture.baseline("other") == []


def test_customer_money_is_streamed(tmp_path: Path) -> None:
    rows = [CustomerMoney("a", "cus_1", {"usd": 5}, None), CustomerMoney("a", "cus_2", None, {"jpy": -3})]
    with Writer(tmp_path, Manifest()) as writer:
        for row in rows:
            writer.money(row)
    assert list(open_capture(tmp_path).customer_money()) == rows


def test_customer_money_is_read_by_source_where_it_lies_together_and_where_it_does_not(tmp_path: Path) -> None:
    rows = [CustomerMoney(source, f"cus_{number}", {"usd": number}) for number, source in enumerate("aabbcaa")]
    with Writer(tmp_path, Manifest()) as writer:
        writer.append(an_exchange(1, "a"))
        writer.append(an_exchange(2, "b"))
        for row in rows:
            writer.money(row)
    capture = open_capture(tmp_path)
    for source in "abcd":
        assert list(capture.money_of(source)) == [row for row in rows if row.source == source]


def test_a_later_baseline_of_a_source_replaces_the_earlier(tmp_path: Path) -> None:
    with Writer(tmp_path, Manifest()) as writer:
        writer.append(an_exchange(1, "a"))
        for number, source in enumerate("aabb"):
            writer.baseline(source, [BaselineObject(id=f"cus_{number}", provenance="named")])
        writer.baseline("a", [])
    capture = open_capture(tmp_path)
    assert capture.baseline("a") == []
    assert [found.id for found in capture.baseline("b")] == ["cus_3"]
    assert [capture.has_baseline(source) for source in "abc"] == [True, True, False]


def test_numbers_keep_their_type_and_value(tmp_path: Path) -> None:
    body = {"int": 1, "float": 1.0, "small": 0.1 + 0.2, "big": 2**70, "negative": -(2**63), "true": True, "exp": 1e22}
    (found,) = written(tmp_path, [an_exchange(1, outcome=Outcome(status=200, body=body))]).exchanges()
    assert {key: (type(value), value) for key, value in found.outcome.body.items()} == {k: (type(v), v) for k, v in body.items()}


def test_a_folder_without_a_manifest_is_not_a_capture_and_the_hint_says_what_makes_one(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing"):
        with pytest.raises(InputError) as error:
            open_capture(path)
        assert "replayer import" in (error.value.hint or "")
    (tmp_path / "manifest.json").write_text('{"name": "a web app"}')
    with pytest.raises(InputError, match="not a capture's manifest"):
        open_capture(tmp_path)


def test_a_capture_of_a_newer_schema_is_refused(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"schema": 2}')
    with pytest.raises(InputError, match="newer replayer"):
        open_capture(tmp_path)


def damaged_capture(path: Path, change: Any) -> None:
    written(path, [an_exchange(n) for n in range(1, 21)], segment_bytes=1000)
    file = path / "segment-0002.jsonl"
    lines = file.read_bytes().splitlines(keepends=True)
    change(lines)
    file.write_bytes(b"".join(lines))


def test_damage_that_is_not_a_torn_tail_names_file_and_line(tmp_path: Path) -> None:
    def break_line(lines: list[bytes]) -> None:
        lines[1] = lines[1].replace(b'"x', b'"y', 1)

    damaged_capture(tmp_path, break_line)
    with pytest.raises(DamagedCapture) as error:
        open_capture(tmp_path)
    assert str(error.value).startswith(f"{tmp_path / 'segment-0002.jsonl'}:2: ")


def test_damage_inside_a_line_is_found_when_it_is_read_and_names_its_line(tmp_path: Path) -> None:
    def break_line(lines: list[bytes]) -> None:
        lines[2] = lines[2].replace(b'"method":"POST"', b'"method":"POS T')

    damaged_capture(tmp_path, break_line)
    with pytest.raises(DamagedCapture, match=r"segment-0002\.jsonl:3"):
        list(open_capture(tmp_path).exchanges())


def test_a_lost_line_and_a_lost_segment_are_damage(tmp_path: Path) -> None:
    damaged_capture(tmp_path / "one", lambda lines: lines.pop(1))
    with pytest.raises(DamagedCapture, match="stands where"):
        open_capture(tmp_path / "one")
    damaged_capture(tmp_path / "two", lambda lines: None)
    (tmp_path / "two" / "segment-0002.jsonl").unlink()
    with pytest.raises(DamagedCapture, match=r"segment-0002\.jsonl is missing"):
        open_capture(tmp_path / "two")


def test_a_finished_manifest_that_names_more_exchanges_than_there_are_is_damage_unless_a_torn_tail_explains_it(tmp_path: Path) -> None:
    written(tmp_path, [an_exchange(n) for n in range(1, 19)], segment_bytes=2000)
    last = max(tmp_path.glob("segment-*"))
    whole = last.read_bytes()
    lines = whole.splitlines(keepends=True)
    here = 18 - len(lines)
    last.unlink()
    with pytest.raises(DamagedCapture, match=f"the manifest names 18 exchanges, {here} are there"):
        open_capture(tmp_path)
    last.write_bytes(lines[0])
    with pytest.raises(DamagedCapture, match=f"the manifest names 18 exchanges, {here + 1} are there"):
        Writer(tmp_path, Manifest(), append=True)
    last.write_bytes(lines[0] + lines[1][:-5])
    assert len(open_capture(tmp_path)) == here + 1
    assert [source.exchanges for source in open_capture(tmp_path).manifest.sources] == [here + 1]


def test_a_manifest_that_names_fewer_exchanges_or_was_not_finished_is_no_damage(tmp_path: Path) -> None:
    written(tmp_path, [an_exchange(1), an_exchange(2)])
    file = tmp_path / "manifest.json"
    manifest = json.loads(file.read_text())
    for change in ({"sources": [{"name": "a", "exchanges": 1}]}, {"sources": [{"name": "a", "exchanges": 9}], "lanes": [], "versions": {}}):
        file.write_text(json.dumps({**manifest, **change}))
        found = open_capture(tmp_path).manifest
        assert (found.sources, found.lanes, found.versions) == ([Source("a", "record", 2)], ["api"], {"2026-03-25.dahlia": 2})


@pytest.mark.parametrize("indent", [None, 2])
def test_a_manifest_names_its_sources_in_any_layout(tmp_path: Path, indent: int | None) -> None:
    names = ['a"}, {', "b\\", "ü {", "d"]
    capture = written(tmp_path, [an_exchange(n, name) for n, name in enumerate(names, 1)])
    file = tmp_path / "manifest.json"
    content = json.loads(file.read_text())
    for number, source in enumerate(content["sources"]):
        source["format"] = "har" if number % 2 else "vcrpy"
    file.write_text(json.dumps(content, indent=indent))
    expected = [Source(name, "har" if number % 2 else "vcrpy", 1) for number, name in enumerate(names)]
    assert open_capture(tmp_path).sources == open_capture(tmp_path).manifest.sources == expected
    content["sources"][2]["later"] = {"nested": [{}]}
    file.write_text(json.dumps(content, indent=indent))
    assert open_capture(tmp_path).sources == expected
    assert dict(capture.counts) == dict.fromkeys(names, 1)
    for wrong in (None, {}, [3], [{"name": 3}], [{"exchanges": 1}]):
        file.write_text(json.dumps({**content, "sources": wrong}, indent=indent))
        with pytest.raises(InputError, match="not a capture's manifest"):
            open_capture(tmp_path)


def test_a_torn_tail_is_reported_when_read_and_cut_when_appended_to(tmp_path: Path) -> None:
    written(tmp_path, [an_exchange(1), an_exchange(2)])
    file = tmp_path / "segment-0001.jsonl"
    whole = file.read_bytes()
    file.write_bytes(whole + whole[:40])
    capture = open_capture(tmp_path)
    assert [exchange.id for exchange in capture.exchanges()] == ["x1", "x2"]
    assert len(capture.damage) == 1
    assert "segment-0001.jsonl" in capture.damage[0]
    assert file.stat().st_size > len(whole)
    with Writer(tmp_path, Manifest(), append=True) as writer:
        writer.append(an_exchange(3))
    assert open_capture(tmp_path).damage == []
    assert [exchange.id for exchange in open_capture(tmp_path).exchanges()] == ["x1", "x2", "x3"]


def test_a_last_line_that_is_no_json_is_a_torn_tail(tmp_path: Path) -> None:
    written(tmp_path, [an_exchange(1)])
    with (tmp_path / "segment-0001.jsonl").open("ab") as file:
        file.write(b'{"id":"x2","source":"a"\x00\x00\x00}\n')
    capture = open_capture(tmp_path)
    assert len(capture) == 1
    assert len(capture.damage) == 1


def test_a_last_line_longer_than_a_block_is_found_whole(tmp_path: Path) -> None:
    long = an_exchange(2, outcome=Outcome(status=200, text="y" * 3_000_000))
    capture = written(tmp_path, [an_exchange(1), long])
    assert len(capture) == 2
    with (tmp_path / "segment-0001.jsonl").open("r+b") as file:
        file.truncate(2_500_000)
    assert [exchange.id for exchange in open_capture(tmp_path).exchanges()] == ["x1"]


steps = st.lists(st.sampled_from(["append", "open", "close", "baseline"]), min_size=1, max_size=12)


@settings(max_examples=60, deadline=None)
@given(steps=steps, cut=st.floats(0, 1), limit=st.sampled_from([200, 1000, 10**6]))
def test_after_truncation_at_any_byte_a_prefix_comes_back_and_nothing_else(
    steps: list[str], cut: float, limit: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("capture")
    still_open: list[str] = []
    with Writer(path, Manifest(), segment_bytes=limit) as writer:
        unfinished = (path / "manifest.json").read_bytes()
        for number, step in enumerate(steps):
            if step == "append":
                writer.append(an_exchange(number))
            elif step == "open":
                still_open.append(writer.open(an_exchange(number)).id)
            elif step == "close" and still_open:
                writer.close(still_open.pop(), Outcome(status=200, body=number), 1.0)
    whole = list(open_capture(path).exchanges())
    segments = sorted(path.glob("segment-*"))
    if not segments:
        return
    (path / "manifest.json").write_bytes(unfinished)
    with segments[-1].open("r+b") as file:
        file.truncate(int(cut * segments[-1].stat().st_size))
    found = list(open_capture(path).exchanges())
    for before, after in zip(whole, found, strict=False):
        assert after in (before, Exchange(**{**_fields(before), "outcome": Outcome(error="open"), "duration": None}))
    with Writer(path, Manifest(), append=True) as writer:
        assert writer.append(an_exchange(99)).id == f"x{len(found) + 1}"
    assert list(open_capture(path).exchanges())[:-1] == found


def _fields(exchange: Exchange) -> dict[str, Any]:
    return {name: getattr(exchange, name) for name in exchange.__struct_fields__}


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=3),
    max_leaves=10,
)


@settings(max_examples=50, deadline=None)
@given(
    body=json_values,
    source=st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
    text=st.text(st.characters(exclude_categories=["Cs"])),
)
def test_any_json_value_round_trips_exactly(body: Any, source: str, text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("capture")
    exchange = an_exchange(1, source, outcome=Outcome(status=200, body=body, text=text))
    capture = written(path, [exchange])
    (found,) = capture.exchanges({source})
    assert json.dumps(found.outcome.body) == json.dumps(body)
    assert found.source == source
    assert found.outcome.text == text


def test_join_numbers_through_and_merges_what_the_parts_say(tmp_path: Path) -> None:
    for name, claim in (("one", "a"), ("two", "b")):
        arm = Arm(role="control", target="simulator", claims={f"POST /v1/{claim}": Claims(computed=[claim])}, calls_seen=2, calls_changed=1)
        with Writer(tmp_path / name, Manifest(arm=arm), segment_bytes=300) as writer:
            opened = writer.open(an_exchange(1, name, replayed_from="x7"))
            writer.append(an_exchange(2, name))
            writer.close(opened.id, Outcome(status=200, body=name), 0.5)
            writer.baseline(name, [BaselineObject(id=f"cus_{name}", provenance="named", seen="x1")])
            writer.money(CustomerMoney(name, "cus_1", {"usd": 1}))
            writer.finish(origin_sets={claim: {"template": [claim]}}, problems=["torn"])
    out = tmp_path / "out"
    join([tmp_path / "one", tmp_path / "two"], out, Manifest(arm=Arm(role="control", target="simulator")), segment_bytes=500)
    capture = open_capture(out)
    found = list(capture.exchanges())
    assert [(exchange.id, exchange.source, exchange.outcome.body) for exchange in found] == [
        ("x1", "one", "one"), ("x2", "one", {"id": "cus_2", "n": 2}), ("x3", "two", "two"), ("x4", "two", {"id": "cus_2", "n": 2}),
    ]  # fmt: skip
    assert found[2].replayed_from == "x7"
    assert [source.exchanges for source in capture.manifest.sources] == [2, 2]
    assert capture.manifest.origin_sets == {"a": {"template": ["a"]}, "b": {"template": ["b"]}}
    assert capture.manifest.problems == ["torn"]
    assert capture.manifest.arm is not None
    assert set(capture.manifest.arm.claims) == {"POST /v1/a", "POST /v1/b"}
    assert (capture.manifest.arm.calls_seen, capture.manifest.arm.calls_changed) == (4, 2)
    assert [found.id for found in capture.baseline("two")] == ["cus_two"]
    assert [money.source for money in capture.customer_money()] == ["one", "two"]


def test_join_of_parts_is_what_one_writer_would_have_written(tmp_path: Path) -> None:
    exchanges = [an_exchange(n, source) for n, source in enumerate("aaabb", 1)]
    written(tmp_path / "one", exchanges[:3])
    written(tmp_path / "two", exchanges[3:])
    join([tmp_path / "one", tmp_path / "two"], tmp_path / "joined", Manifest())
    whole = written(tmp_path / "whole", exchanges)
    assert open_capture(tmp_path / "joined").digest() == whole.digest()
    assert (tmp_path / "joined" / "manifest.json").read_bytes() == (tmp_path / "whole" / "manifest.json").read_bytes()


def test_an_index_takes_few_bytes_an_exchange_and_keeps_no_body(tmp_path: Path) -> None:
    import tracemalloc

    exchange = an_exchange(1, outcome=Outcome(status=200, body={"text": "y" * 2000}))
    with Writer(tmp_path, Manifest()) as writer:
        for _ in range(5000):
            writer.append(exchange)
    tracemalloc.start()
    capture = open_capture(tmp_path)
    grown = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert len(capture) == 5000
    assert grown < 5000 * 40
