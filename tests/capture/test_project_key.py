"""The project's key: found, made once, never in the git tree."""

import hmac
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replayer.capture.project_key import ProjectKey, project_key
from replayer.model import InputError


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "shop" / "src"
    folder.mkdir(parents=True)
    (tmp_path / "shop" / ".git").mkdir()
    return folder


def home(tmp_path: Path) -> dict[str, str]:
    return {"XDG_CONFIG_HOME": str(tmp_path / "config")}


def test_a_key_is_made_on_first_use_for_its_owner_only_and_found_again(tree: Path, tmp_path: Path) -> None:
    first = project_key(environ=home(tmp_path), cwd=tree)
    file = tmp_path / "config" / "replayer" / "shop.key"
    assert file.stat().st_mode & 0o777 == 0o600
    assert project_key(environ=home(tmp_path), cwd=tree.parent) == first
    assert project_key("other", environ=home(tmp_path), cwd=tree) != first
    assert [entry.name for entry in sorted(file.parent.iterdir())] == ["other.key", "shop.key"]


def test_without_a_configured_home_the_users_is_taken(tree: Path, tmp_path: Path) -> None:
    project_key(environ={"HOME": str(tmp_path / "me")}, cwd=tree)
    assert (tmp_path / "me" / ".config" / "replayer" / "shop.key").is_file()


def test_the_environment_comes_first(tree: Path, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("k" * 20 + "\n")
    file.chmod(0o600)
    assert project_key(environ={"REPLAYER_KEY": "e" * 16, "REPLAYER_KEY_FILE": str(file)}, cwd=tree) == ProjectKey(b"e" * 16)
    assert project_key(environ={"REPLAYER_KEY_FILE": str(file)}, cwd=tree) == ProjectKey(b"k" * 20)


def test_a_key_in_the_git_tree_a_weak_one_and_one_that_others_can_read_are_refused(tree: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="git tree"):
        project_key(environ={"XDG_CONFIG_HOME": str(tree / "config")}, cwd=tree)
    with pytest.raises(InputError, match="git tree"):
        project_key(environ={"REPLAYER_KEY_FILE": str(tree / "key")}, cwd=tree)
    with pytest.raises(InputError, match="at least 16"):
        project_key(environ={"REPLAYER_KEY": "short"}, cwd=tree)
    with pytest.raises(InputError, match="cannot be read"):
        project_key(environ={"REPLAYER_KEY_FILE": str(tmp_path / "missing")}, cwd=tree)
    project_key(environ=home(tmp_path), cwd=tree)
    (tmp_path / "config" / "replayer" / "shop.key").chmod(0o640)
    with pytest.raises(InputError, match="readable by others"):
        project_key(environ=home(tmp_path), cwd=tree)
    assert not (tree / "config").exists()


def test_two_processes_at_once_get_one_key(tree: Path, tmp_path: Path) -> None:
    found: list[ProjectKey] = []
    threads = [threading.Thread(target=lambda: found.append(project_key(environ=home(tmp_path), cwd=tree))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_a_key_never_shows_and_its_digests_differ_by_purpose() -> None:
    key = ProjectKey(b"a key of the tests")
    assert "tests" not in repr(key)
    assert key.fingerprint() != ProjectKey(b"a key of the testz").fingerprint()
    assert key.digest("text", "x") != key.digest("api key", "x")
    assert key.digest("text", "x") == key.digest("text", "x")


@given(secret=st.binary(min_size=16, max_size=200), text=st.text())
def test_a_digest_is_the_beginning_of_an_hmac(secret: bytes, text: str) -> None:
    expected = hmac.digest(secret, b"text\0" + text.encode(errors="surrogatepass"), "sha256").hex()
    assert ProjectKey(secret).digest("text", text) == expected[:12]
