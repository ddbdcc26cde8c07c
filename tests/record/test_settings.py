"""What a recorder is told, and what of it is refused."""

from pathlib import Path
from typing import Any

import pytest

from replayer.cli.record import moment, named, size
from replayer.model import InputError
from replayer.record.settings import Settings, is_loopback


def settings(**more: Any) -> Settings:
    return Settings(out=Path("capture"), **more)


@pytest.mark.parametrize(
    ("more", "place"),
    [
        ({"upstreams": {"": "api.stripe.com/v1"}}, "--upstream"),
        ({"upstreams": {"uploads": "https://files.stripe.com"}}, "--upstream"),
        ({"webhook_listen": ("127.0.0.1", 1)}, "--webhook-listen"),
        ({"webhook_forward_to": "http://localhost:3000/hooks"}, "--webhook-forward-to"),
        ({"app_upstream": "http://localhost:3000"}, "--app-upstream"),
        ({"app_listen": ("127.0.0.1", 1), "app_upstream": "http://localhost/path"}, "--app-upstream"),
        ({"tls_cert": Path("cert.pem")}, "--tls-cert"),
        ({"tls_cert": Path("no-cert.pem"), "tls_key": Path("no-key.pem")}, "no-cert.pem"),
        ({"listen": ("0.0.0.0", 1)}, "0.0.0.0:1"),
        ({"webhook_listen": ("192.0.2.1", 1), "webhook_forward_to": "http://localhost/hooks"}, "192.0.2.1:1"),
    ],
)
def test_what_contradicts_itself_is_refused_by_name(more: dict[str, Any], place: str) -> None:
    with pytest.raises(InputError) as error:
        settings(**more).check()
    assert error.value.place == place


def test_what_is_sound_is_taken_and_each_host_has_its_upstream() -> None:
    told = settings(upstreams={"files": "http://127.0.0.1:2"})
    told.check()
    assert [told.upstream(name) for name in ("api", "files")] == ["https://api.stripe.com", "http://127.0.0.1:2"]
    assert settings(upstreams={"": "http://127.0.0.1:1"}).upstream("meter-events") == "http://127.0.0.1:1"


@pytest.mark.parametrize(
    ("host", "answer"), [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("example.com", False)]
)
def test_loopback_is_this_machine_alone(host: str, answer: bool) -> None:
    assert is_loopback(host) is answer


def test_sizes_times_and_upstreams_are_read_as_people_write_them() -> None:
    assert [size(text) for text in ("10", "2K", "500M", "2GB", "1 GiB")] == [10, 2048, 500 << 20, 2 << 30, 1 << 30]
    assert [moment(text, 100.0) for text in ("30s", "2m", "1970-01-01T00:00:05Z")] == [130.0, 220.0, 5.0]
    assert named("http://a.example/?b=c") == ("", "http://a.example/?b=c")
    assert named("files=http://localhost:1") == ("files", "http://localhost:1")


@pytest.mark.parametrize(("read", "place"), [(size, "--max-disk"), (moment, "--until")])
def test_what_is_no_size_and_no_time_is_named(read: Any, place: str) -> None:
    with pytest.raises(InputError) as error:
        read("a lot")
    assert error.value.place == place
