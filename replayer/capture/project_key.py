"""The project's key: what pseudonyms and fingerprints are made with. It lives outside captures and outside git."""

import os
import re
import secrets
import stat
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from replayer.model import InputError

_SHORTEST = 16
_BLOCK = 64  # of SHA-256, in bytes


class ProjectKey(msgspec.Struct, frozen=True):
    """A key; its content never shows, not even in a traceback."""

    secret: bytes

    def __repr__(self) -> str:
        return f"<ProjectKey {self.fingerprint()}>"

    def fingerprint(self) -> str:
        """Which key this is, without saying what it is: 12 hex digits."""
        return self.digest("fingerprint", "")

    def digest(self, purpose: str, text: str) -> str:
        """A keyed digest of a text, 12 hex digits; one for each purpose."""
        inner, outer = (half.copy() for half in _halves(self.secret))
        inner.update(f"{purpose}\0{text}".encode(errors="surrogatepass"))
        outer.update(inner.digest())
        return str(outer.hexdigest()[:12])


@lru_cache(maxsize=8)
def _halves(secret: bytes) -> tuple[Any, Any]:
    """HMAC-SHA256's two hashes after the key (RFC 2104), which each digest goes on from: half the work of `hmac.digest`."""
    key = (sha256(secret).digest() if len(secret) > _BLOCK else secret).ljust(_BLOCK, b"\0")
    return sha256(bytes(byte ^ 0x36 for byte in key)), sha256(bytes(byte ^ 0x5C for byte in key))


def project_key(project: str | None = None, *, environ: Mapping[str, str] | None = None, cwd: Path | None = None) -> ProjectKey:
    """Find the project's key, or make one on first use.

    `REPLAYER_KEY` holds it, else the file that `REPLAYER_KEY_FILE` names, else `<project>.key` in replayer's folder of the user's
    configuration. The project is called as the folder of its git tree. Raises InputError where a key is weak, readable by others, or would
    lie in the git tree.
    """
    environ = os.environ if environ is None else environ
    cwd = Path.cwd() if cwd is None else cwd
    if given := environ.get("REPLAYER_KEY"):
        return ProjectKey(_strong(given, "REPLAYER_KEY"))
    tree = _git_tree(cwd)
    if named := environ.get("REPLAYER_KEY_FILE"):
        return _read(_outside(Path(named).absolute(), tree))
    return _read_or_make(_outside(_home(environ) / f"{project or _project(tree or cwd)}.key", tree))


def _strong(text: str, place: str) -> bytes:
    key = text.strip().encode()
    if len(key) < _SHORTEST:
        raise InputError(f"a key needs at least {_SHORTEST} characters", place=place, hint="openssl rand -hex 32")
    return key


def _git_tree(folder: Path) -> Path | None:
    return next((parent for parent in (folder, *folder.parents) if (parent / ".git").exists()), None)


def _project(folder: Path) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", folder.name).strip(".-") or "default"


def _home(environ: Mapping[str, str]) -> Path:
    configured = environ.get("XDG_CONFIG_HOME")
    return (Path(configured) if configured else Path(environ.get("HOME") or Path.home()) / ".config") / "replayer"


def _outside(file: Path, tree: Path | None) -> Path:
    if tree is not None and file.resolve().is_relative_to(tree.resolve()):
        raise InputError(
            "the project's key must not lie in the git tree",
            place=str(file),
            hint="set REPLAYER_KEY_FILE or XDG_CONFIG_HOME to a place outside",
        )
    return file


def _read(file: Path) -> ProjectKey:
    try:
        mode = file.stat().st_mode
        text = file.read_text()
    except OSError as error:
        raise InputError(f"the project's key cannot be read: {error.strerror}", place=str(file)) from error
    if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise InputError("the project's key is readable by others", place=str(file), hint=f"chmod 600 {file}")
    return ProjectKey(_strong(text, str(file)))


def _read_or_make(file: Path) -> ProjectKey:
    if not file.exists():
        _make(file)
    return _read(file)


def _make(file: Path) -> None:
    """Make a key so that of two processes at once one wins and both read the same."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = file.with_name(f".{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as stream:
        stream.write(secrets.token_hex(32) + "\n")
    try:
        os.link(draft, file)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
