"""Merging: every recorder's order kept, no exchange lost but duplicates, and no dependence on who is named first."""

import itertools
import shutil
from email.utils import formatdate
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replayer.capture.baseline import derive
from replayer.capture.clock_offset import offset_of
from replayer.capture.lineage import ancestors
from replayer.capture.merge import merge
from replayer.capture.reread import reader
from replayer.capture.store import Writer, open_capture
from replayer.cli import main
from replayer.model import Arm, BaselineObject, InputError, Manifest
from tests.make import T0, customer, exchange


def seen(at, request_id=None, *, skew=0.0, took=0.2, number=1, path="/v1/customers", note=""):
    """An exchange that Stripe answered at `at` by its own clock, as a recorder saw it whose clock is `skew` ahead."""
    found = exchange(
        number, "POST", path, {"note": note or request_id or str(at)}, customer(f"cus_Mmmmmmmm{note or number}"), at=at - took + skew
    )
    headers = {"date": formatdate(at, usegmt=True), **({"request-id": request_id} if request_id else {})}
    return msgspec.structs.replace(found, duration=took, outcome=msgspec.structs.replace(found.outcome, headers=headers))


def write(path, exchanges, *, redaction="trusted", **fields):
    with Writer(path, Manifest(redaction=redaction, **fields)) as writer:
        for item in exchanges:
            writer.append(item)
    return path


def notes(path):
    return [item.request.params["note"] for item in open_capture(path).exchanges()]


moments = st.lists(st.floats(0, 30).map(lambda second: round(second, 3)), min_size=1, max_size=8)


@settings(max_examples=60, deadline=None)
@given(recorders=st.lists(moments, min_size=2, max_size=3), skews=st.lists(st.sampled_from([0.0, 0.3, -45.0, 3600.0]), min_size=3, max_size=3),
       shared=st.integers(0, 3), ordered=st.booleans())  # fmt: skip
def test_the_laws_of_order_and_of_loss(tmp_path_factory, recorders, skews, shared, ordered):
    folder = tmp_path_factory.mktemp("merge")
    written = []
    for number, times in enumerate(recorders):
        items = [
            seen(T0 + at, f"req_R{number}n{place}", skew=skews[number]) for place, at in enumerate(sorted(times) if ordered else times)
        ]
        common = [
            seen(T0 + 15 + place, f"req_Shared{place}", skew=skews[number], took=0.0 if ordered else 0.1 * number)
            for place in range(shared)
        ]
        written.append((write(folder / str(number), items + common), [item.outcome.headers["request-id"] for item in items + common]))
    paths = [path for path, _ in written]
    whole = folder / "whole"
    done = merge(paths, whole)
    found = notes(whole)
    assert sorted(found) == sorted({name for _, names in written for name in names})
    assert done.duplicates == sum(len(names) for _, names in written) - len(found)
    for _, names in written:
        kept = [name for name in names if "Shared" not in name]
        assert [name for name in found if name in kept] == kept
    for number, order in enumerate(itertools.permutations(paths)):
        other = folder / f"other-{number}"
        merge(order, other)
        assert {file.name: file.read_bytes() for file in other.iterdir()} == {file.name: file.read_bytes() for file in whole.iterdir()}
    shutil.rmtree(folder)


@settings(max_examples=100, deadline=None)
@given(skew=st.floats(-5000, 5000), fractions=st.lists(st.floats(0, 0.999), min_size=1, max_size=30), took=st.floats(0, 3))
def test_an_offset_is_right_to_within_the_second_that_a_date_is_rounded_to(skew, fractions, took):
    found = offset_of(seen(T0 + place * 10 + fraction, skew=skew, took=took) for place, fraction in enumerate(fractions))
    assert abs(found + skew) <= took + 1.01
    if found == 0.0:
        assert abs(skew) <= took + 1.01


def test_many_answers_tell_an_offset_better_than_a_second():
    found = offset_of(seen(T0 + place * 7.13, skew=-90.0, took=0.05) for place in range(200))
    assert abs(found - 90.0) < 0.1


def test_without_dates_what_stripe_made_tells_the_offset_and_a_replay_does_not():
    body = customer("cus_Aaaaaaaa0001", created=int(T0) + 100)
    found = exchange(1, "POST", "/v1/customers", {}, body, at=T0)
    assert 99 <= offset_of([found]) <= 102
    replayed = msgspec.structs.replace(found, outcome=msgspec.structs.replace(found.outcome, headers={"idempotent-replayed": "true"}))
    assert offset_of([replayed]) == 0.0
    assert offset_of([exchange(1, "POST", "/v1/customers/cus_Aaaaaaaa0001", {}, body, at=T0)]) == 0.0


def test_hosts_whose_clocks_differ_are_put_into_stripes_order(tmp_path):
    one = write(tmp_path / "one", [seen(T0 + 10 * n, f"req_a{n}", skew=0) for n in range(5)])
    two = write(tmp_path / "two", [seen(T0 + 10 * n + 5, f"req_b{n}", skew=-600) for n in range(5)])
    done = merge([one, two], tmp_path / "out")
    assert notes(tmp_path / "out") == [f"req_{name}{n}" for n in range(5) for name in "ab"]
    assert [round(seconds) in (0, 600, 601, 599) for seconds in done.offsets.values()] == [True, True]
    times = [item.at for item in open_capture(tmp_path / "out").exchanges()]
    assert times == sorted(times)


def test_a_merge_is_one_source_that_names_its_parents(tmp_path):
    paths = [write(tmp_path / name, [seen(T0 + n, f"req_{name}") for n in range(1)], origin=origin, problems=[name])
             for name, origin in (("a", "api.stripe.com"), ("b", "simulator"))]  # fmt: skip
    merge(paths, tmp_path / "out")
    manifest = open_capture(tmp_path / "out").manifest
    assert [(source.name, source.format, source.exchanges) for source in manifest.sources] == [("merge", "merge", 2)]
    assert {(tmp_path / "out" / parent.path).resolve(): parent.digest for parent in manifest.parents} == {
        path.resolve(): open_capture(path).digest() for path in paths
    }
    assert (manifest.origin, manifest.problems) == ("simulator", ["a", "b"])
    assert ancestors(tmp_path / "out") == [(tmp_path / "out").resolve()]


def test_stripe_mocks_one_request_id_makes_no_duplicates(tmp_path):
    for name in "ab":
        write(tmp_path / name, [seen(T0 + n, "req_123", note="same") for n in range(2)] + [seen(T0 + 5, f"req_{name}")])
    assert merge([tmp_path / "a", tmp_path / "b"], tmp_path / "out").exchanges == 6


def test_two_exchanges_of_one_request_id_that_differ_are_both_kept(tmp_path):
    write(tmp_path / "a", [seen(T0, "req_1", note="one")])
    write(tmp_path / "b", [seen(T0, "req_1", note="two")])
    assert merge([tmp_path / "a", tmp_path / "b"], tmp_path / "out").duplicates == 0
    assert sorted(notes(tmp_path / "out")) == ["one", "two"]


def test_what_another_recorder_saw_made_is_no_baseline(tmp_path):
    made = exchange(1, "POST", "/v1/customers", {}, customer("cus_Aaaaaaaa0001", created=int(T0)), at=T0)
    read = exchange(1, "GET", "/v1/customers/cus_Aaaaaaaa0001", body=customer("cus_Aaaaaaaa0001", created=int(T0)), at=T0 + 9)
    write(tmp_path / "a", [made])
    write(tmp_path / "b", [read])
    assert [item.id for item in derive([read])] == ["cus_Aaaaaaaa0001"]
    merge([tmp_path / "a", tmp_path / "b"], tmp_path / "out")
    capture = open_capture(tmp_path / "out")
    assert capture.has_baseline("merge")
    assert capture.baseline("merge") == []


def test_a_supplied_baseline_comes_along(tmp_path):
    read = exchange(1, "POST", "/v1/customers/cus_Aaaaaaaa0001", {"note": "x"}, customer("cus_Aaaaaaaa0001", created=5), at=T0)
    supplied = BaselineObject(
        id="cus_Aaaaaaaa0001", object="customer", provenance="supplied", state=customer("cus_Aaaaaaaa0001", balance=7)
    )
    with Writer(tmp_path / "a", Manifest(redaction="trusted")) as writer:
        writer.append(read)
        writer.baseline("s", [supplied])
    write(tmp_path / "b", [seen(T0, "req_b")])
    merge([tmp_path / "a", tmp_path / "b"], tmp_path / "out")
    assert supplied in open_capture(tmp_path / "out").baseline("merge")


@pytest.mark.parametrize(
    ("first", "second", "word"),
    [
        ({"redaction": "a" * 12}, {"redaction": "b" * 12}, "different keys"),
        ({"redaction": "a" * 12}, {"redaction": "trusted"}, "different keys"),
        ({"arm": Arm(role="control", target="simulator")}, {}, "arm of a run"),
    ],
)
def test_captures_that_do_not_go_together_are_refused(tmp_path, first, second, word, capsys):
    write(tmp_path / "a", [seen(T0, "req_1", note="one")], **first)
    write(tmp_path / "b", [seen(T0, "req_2", note="two")], **second)
    assert main(["merge", str(tmp_path / "a"), str(tmp_path / "b"), "--out", str(tmp_path / "out")]) == 2
    assert word in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_one_capture_and_one_without_times_are_refused(tmp_path):
    one = write(tmp_path / "a", [seen(T0, "req_1")])
    for paths in ([one], [one, one], [one, Path(write(tmp_path / "b", [msgspec.structs.replace(seen(T0), at=None)]))]):
        with pytest.raises(InputError):
            merge(paths, tmp_path / "out")


def test_the_command_says_what_it_did(tmp_path, capsys):
    write(tmp_path / "a", [seen(T0, "req_1"), seen(T0 + 1, "req_2")])
    write(tmp_path / "b", [seen(T0 + 1, "req_2", skew=100)])
    assert main(["merge", str(tmp_path / "a"), str(tmp_path / "b"), "--out", str(tmp_path / "out")]) == 0
    printed = capsys.readouterr()
    assert "2 exchanges of 2 recorders" in printed.out
    assert "its clock is" in printed.err
    assert "written once" in printed.err
    assert [item.id for item in reader(open_capture(tmp_path / "out"), "merge")()] == ["x1", "x2"]
