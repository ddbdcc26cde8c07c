"""The simulator over HTTP: an account for each key, on top of a capture's baseline."""

import signal
import subprocess
import sys
from contextlib import contextmanager

import httpx
import pytest

from replayer.capture.store import Writer
from replayer.cli import main
from replayer.cli.simulate import address
from replayer.model import InputError, Manifest
from tests.make import customer, exchange

KNOWN = {name: f"cus_Ooooooooo{name}001" for name in "ab"}


@pytest.fixture
def capture(tmp_path):
    with Writer(tmp_path / "r", Manifest()) as writer:
        for number, name in enumerate("ab", 1):
            writer.append(exchange(number, "GET", f"/v1/customers/{KNOWN[name]}", body=customer(KNOWN[name], created=1), source=name))
    return str(tmp_path / "r")


@contextmanager
def simulate(*arguments, end=signal.SIGTERM):
    command = [sys.executable, "-m", "replayer.cli", "simulate", "--listen", "127.0.0.1:0", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline()
        assert line.startswith("listening on http://127.0.0.1:")
        with httpx.Client(base_url=line.split()[-1], trust_env=False) as client:
            yield client
        process.send_signal(end)
        assert process.wait(20) == 0
        assert process.stderr.read() == ""
    finally:
        process.kill()
        process.communicate()


def status(client, path, key="sk_test_one", **more):
    return client.request("POST" if more else "GET", path, headers={"Authorization": f"Bearer {key}"}, **more).status_code


def test_each_key_has_an_account_of_its_own_on_top_of_the_baseline(capture):
    with simulate("--from", capture) as client:
        paths = [f"/v1/customers/{identifier}" for identifier in KNOWN.values()]
        assert [status(client, path) for path in paths] == [200, 200]
        assert status(client, paths[0], data={"email": "changed@b.example"}) == 200
        shown = [client.get(paths[0], headers={"Authorization": f"Bearer sk_test_{key}"}).json()["email"] for key in ("one", "two")]
        assert shown == ["changed@b.example", None]


def test_without_a_capture_an_account_is_empty_and_an_interrupt_ends_it():
    with simulate(end=signal.SIGINT) as client:
        assert status(client, f"/v1/customers/{KNOWN['a']}") == 404


def test_a_single_source_may_be_laid(capture):
    with simulate("--from", capture, "--source", "b") as client:
        assert [status(client, f"/v1/customers/{KNOWN[name]}") for name in "ab"] == [404, 200]


@pytest.mark.parametrize("arguments", [["--source", "a"], ["--listen", "nowhere"], ["--from", "/nothing"]])
def test_what_cannot_be_served_is_an_error(arguments, capsys):
    assert main(["simulate", *arguments]) == 2
    assert capsys.readouterr().err.startswith("error: ")


def test_a_source_that_the_capture_has_not_got_is_named(capture, capsys):
    assert main(["simulate", "--from", capture, "--source", "nobody"]) == 2
    assert "nobody" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "expected"),
    [("127.0.0.1:80", ("127.0.0.1", 80)), (":0", ("127.0.0.1", 0)), ("[::1]:8080", ("::1", 8080)), ("localhost:65535", ("localhost", 65535))],
)  # fmt: skip
def test_an_address_is_a_host_and_a_port(text, expected):
    assert address(text) == expected


@pytest.mark.parametrize("text", ["", "80", "localhost", "localhost:http", "localhost:65536", "localhost:-1"])
def test_what_is_no_address_is_refused(text):
    if text == "80":
        assert address(":" + text) == ("127.0.0.1", 80)
        text = "localhost:"
    with pytest.raises(InputError):
        address(text)
