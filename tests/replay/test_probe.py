"""Probing: whether a server has an object is asked by a read, and what cannot be read is not there."""

import pytest

from replayer.model import BaselineObject, Outcome
from replayer.replay.probe import holds
from replayer.targets import FakeTarget
from tests.make import customer

CUS = "cus_Aaaaaaaaaaa001"


def probe(answers, item):
    target = FakeTarget(answers)
    return holds(target.open("s"), item), [f"{request.method} {request.path}" for _, request in target.sent]


def named(identifier=CUS, object_type="customer", **fields):
    return BaselineObject(id=identifier, object=object_type, provenance="named", **fields)


def test_what_a_read_answers_is_there():
    assert probe({f"GET /v1/customers/{CUS}": Outcome(status=200, body=customer(CUS))}, named()) == (True, [f"GET /v1/customers/{CUS}"])


@pytest.mark.parametrize(
    "outcome",
    [
        Outcome(status=404, body={"error": {"code": "resource_missing"}}),
        Outcome(status=200, body={"id": CUS, "object": "customer", "deleted": True}),
        Outcome(status=200, text="<html>"),
        Outcome(error="ConnectError"),
    ],
)
def test_what_is_deleted_or_not_answered_is_not_there(outcome):
    assert probe({f"GET /v1/customers/{CUS}": outcome}, named())[0] is False


@pytest.mark.parametrize("object_type", [None, "no_such_type", "line_item"])
def test_what_cannot_be_read_by_its_id_alone_is_not_there_and_nothing_is_asked(object_type):
    assert probe({}, named(object_type=object_type)) == (False, [])


def test_an_id_that_a_user_chose_is_quoted():
    assert probe({}, named("50% off/now", "coupon"))[1] == ["GET /v1/coupons/50%25%20off%2Fnow"]


def test_an_object_is_asked_for_on_its_own_account():
    target = FakeTarget()
    holds(target.open("s"), named(account="acct_Aaaaaaaaaaaa001", version="2020-08-27"))
    ((_, request),) = target.sent
    assert (request.account, request.version) == ("acct_Aaaaaaaaaaaa001", "2020-08-27")
