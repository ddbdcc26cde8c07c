"""What each lane keeps."""

import pytest

from replayer.model import Outcome, Request
from replayer.record.lanes import Kept, as_stripes, host_of


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("POST", "/v1/files", "files"),
        ("GET", "/v1/files", "api"),
        ("GET", "/v1/files/file_1A2b3C4d", "api"),
        ("GET", "/v1/files/file_1A2b3C4d/contents", "files"),
        ("POST", "/oauth/token", "connect"),
        ("POST", "/v2/billing/meter_event_stream", "meter-events"),
        ("POST", "/v2/billing/meter_event_session", "api"),
        ("POST", "/v1/charges", "api"),
    ],
)
def test_a_path_tells_which_of_stripes_hosts_serves_it(method: str, path: str, name: str) -> None:
    assert host_of(method, path) == name


def test_what_stands_for_stripe_is_recorded_under_stripes_host_and_what_is_stripes_stays() -> None:
    assert as_stripes(Request(method="POST", path="/oauth/token", host="127.0.0.1")).host == "connect.stripe.com"
    assert as_stripes(Request(method="GET", path="/v1/balance", host="files.stripe.com")).host == "files.stripe.com"


def test_of_the_users_own_traffic_nothing_is_kept_unless_it_was_named() -> None:
    request = Request(
        method="POST", path="/a", params={"plan": "gold", "items": [{"quantity": 2, "note": "x"}]}, caller="sk_test:1", idempotency_key="k"
    )
    outcome = Outcome(status=201, body={"plan": "gold", "secret": 1}, text=None)
    nothing = Kept()
    assert nothing.request(request) == Request(method="POST", path="/a", kept=False)
    assert nothing.outcome(outcome, "/a") == Outcome(status=201)
    some = Kept(["items[].quantity", "plan"])
    assert some.request(request).params == {"plan": "gold", "items": [{"quantity": 2}]}
    assert some.outcome(outcome, "/a").body == {"plan": "gold"}
    whole = Kept(["/a"])
    assert whole.request(request).params == request.params
    assert whole.request(request).caller is None
    assert whole.outcome(outcome, "/a/b") == outcome
    assert whole.outcome(outcome, "/ab").body is None
