"""The file of stimuli: what is written is read again, and errors name their place."""

from __future__ import annotations

import msgspec
import pytest

from replayer.capture.history import Told
from replayer.capture.stimuli import check_stimuli, dump_stimuli, infer, stimuli_of
from replayer.capture.stimuli.acts import Group, Scene
from replayer.capture.stimuli.customers import discount_taken
from replayer.capture.stimuli.file import load_stimuli
from replayer.capture.store import open_capture
from replayer.model import InputError
from tests.make import exchange
from tests.proof import off_camera
from tests.proof.corpus import write
from tests.proof.off_camera import STORIES, Stage


@pytest.mark.parametrize("name", STORIES)
def test_what_is_written_is_read_again(tmp_path, name):
    stage = Stage()
    STORIES[name](stage)
    file = tmp_path / "stimuli.yaml"
    found = infer(lambda: iter(stage.exchanges), "s")
    file.write_text(dump_stimuli(found.acts, sources=True))
    again = stimuli_of("s", lambda: iter(stage.exchanges), file)
    assert again == found


@pytest.mark.parametrize(("text", "place", "hint"), [
    ("after: x1\n", ":1:1", "replayer stimuli"),
    ("- 3\n", ":1:3", "its keys are"),
    ("- {after: x1, at: 0, cal: POST /v1/refunds}\n", ":1:22", "call"),
    ("- {after: y, at: 0, call: POST /v1/refunds}\n", ":1:4", "replayer show"),
    ("- {after: x1, at: 0, call: GET /v1/refunds}\n", ":1:22", "POST /v1/refunds"),
    ("- {after: x1, at: 0}\n", ":1:3", "POST /v1/refunds"),
    ("- {after: x1, at: noon, call: POST /v1/refunds}\n", ":1:15", "2026"),
    ("- {after: x1, at: 0, call: POST /v1/refunds, params: 3}\n", ":1:46", None),
    ("- {after: x1, at: 0, call: POST /v1/refunds, makes: re_1}\n", ":1:46", None),
])  # fmt: skip
def test_what_is_wrong_is_named_with_its_place(tmp_path, text, place, hint):
    file = tmp_path / "stimuli.yaml"
    file.write_text(text)
    with pytest.raises(InputError) as caught:
        load_stimuli(file)
    assert str(caught.value.place).endswith(place)
    assert hint is None or hint in (caught.value.hint or "")


def test_what_yaml_makes_of_values_goes_as_on_the_wire(tmp_path):
    file = tmp_path / "stimuli.yaml"
    file.write_text(
        "- after: x3\n  at: 2026-01-31T12:00:00Z\n  call: POST /v1/refunds\n  params: {amount: 300, reverse_transfer: true, reason: }\n"
    )
    (one,) = load_stimuli(file)
    assert (one.request.params, one.at) == ({"amount": "300", "reverse_transfer": "true", "reason": ""}, 1769860800.0)


def test_a_source_takes_its_own(tmp_path):
    file = tmp_path / "stimuli.yaml"
    file.write_text(
        "".join(f"- {{after: x1, source: {name}, at: 0, call: POST /v1/refunds}}\n" for name in "ab")
        + "- {after: x1, at: 0, unknown: so}\n"
    )
    assert [(one.id, one.source, one.disposition) for one in stimuli_of("b", lambda: iter(()), file).acts] == [
        ("x1+1", "b", "sent"), ("x1+2", "b", "skipped"),
    ]  # fmt: skip


def test_an_act_that_cannot_be_told_stays_what_it_was(tmp_path, monkeypatch):
    monkeypatch.setattr(off_camera, "_TOLD", tuple(one for one in off_camera._TOLD if one != "invoiceitem."))
    stage = Stage()
    customer, (price, other) = stage.customer(), stage.prices(1000, 3000)
    made = stage.subscribe(customer, price)
    item = {"id": made["items"]["data"][0]["id"], "price": other}
    stage.unseen(f"POST /v1/subscriptions/{made['id']}", items=[item], proration_behavior="none")
    stage.do(f"GET /v1/customers/{customer}")
    file = tmp_path / "stimuli.yaml"
    found = infer(lambda: iter(stage.exchanges), "s")
    assert [one.disposition for one in found.acts] == ["skipped"]
    file.write_text(dump_stimuli(found.acts, sources=True))
    assert stimuli_of("s", lambda: iter(stage.exchanges), file) == found


def test_a_discount_that_somebody_took_from_nobody_known_is_not_told():
    told = Told(id="evt_1", type="customer.discount.deleted", at=0, object={"id": "di_1", "object": "discount"}, previous={})
    assert discount_taken(told, Group([told], Scene())).why is not None


@pytest.mark.parametrize(("row", "place", "what"), [
    ("{after: x1, source: c, at: 0, call: POST /v1/refunds}", ":1:3", "source 'c'"),
    ("{after: x1, at: 0, call: POST /v1/refunds}", ":1:3", "names its source"),
    ("{after: x9, source: a, at: 0, call: POST /v1/refunds}", ":1:3", "no exchange 'x9'"),
    ("{after: x2, source: a, at: 0, call: POST /v1/refunds}", ":1:3", "no exchange of the source 'a'"),
    ("{after: x1, source: a, at: 0, call: POST /v1/refundz}", ":1:33", "no operation"),
])  # fmt: skip
def test_a_place_that_the_capture_does_not_have_is_an_error(tmp_path, row, place, what):
    calls = [
        msgspec.structs.replace(exchange(number, "GET", "/v1/customers/cus_1"), source=source) for number, source in ((1, "a"), (2, "b"))
    ]
    capture = open_capture(write(tmp_path / "capture", calls))
    file = tmp_path / "stimuli.yaml"
    file.write_text(f"- {row}\n")
    with pytest.raises(InputError, match=what) as caught:
        check_stimuli(file, capture)
    assert str(caught.value.place).endswith(place)
