"""Read TypeScript declarations as far as is needed: namespaces, interfaces and their members, in both layouts of the Node SDK."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

_COMMENT = re.compile(r"/\*.*?\*/|(?<![:'\"\w])//[^\n]*", re.DOTALL)
_TOKEN = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*|=>|[{}()\[\];:?|<>,=&]|\S")
_OPEN, _CLOSE = frozenset("{([<"), frozenset("})]>")


class Member(msgspec.Struct, frozen=True):
    """A member of an interface: whether it may be missing, and the tokens of its type."""

    optional: bool
    type: tuple[str, ...]


class Scope(msgspec.Struct):
    """A namespace or a file: its interfaces and the namespaces in it."""

    interfaces: dict[str, dict[str, Member]] = {}
    bases: dict[str, tuple[str, ...]] = {}
    inner: dict[str, Scope] = {}


def parse(text: str, scope: Scope) -> Scope:
    """Add a file's declarations to a scope; those of `declare module 'stripe' { namespace Stripe { … } }` are the scope's own."""
    tokens = _TOKEN.findall(_COMMENT.sub(" ", text))
    _block(tokens, 0, scope)
    return scope


def _block(tokens: list[str], at: int, scope: Scope) -> int:
    """Read declarations up to the closing brace; gives the position after it."""
    while at < len(tokens) and tokens[at] != "}":
        word = tokens[at]
        if word in ("namespace", "module") and tokens[at + 2] == "{":
            name = tokens[at + 1]
            inner = scope if word == "module" or name == "Stripe" else scope.inner.setdefault(name, Scope())
            at = _block(tokens, at + 3, inner)
        elif word == "interface":
            at = _interface(tokens, at + 1, scope)
        elif word == "class":
            at = _skip(tokens, tokens.index("{", at))
        elif word in ("type", "import", "const", "function") or (word in ("export", "default") and tokens[at + 1] in "{*="):
            at = _statement(tokens, at)
        else:
            at += 1
    return at + 1


def _interface(tokens: list[str], at: int, scope: Scope) -> int:
    name = tokens[at]
    brace = tokens.index("{", at)
    members = scope.interfaces.setdefault(name, {})
    head = tokens[at + 1 : brace]
    scope.bases[name] = tuple(word for word in head if word[0].isupper()) if "extends" in head else ()
    at = brace + 1
    while tokens[at] != "}":
        stop = _statement(tokens, at)
        found = _member(tokens[at : stop - 1])
        if found:
            members[found[0]] = found[1]
        at = stop
    return at + 1


def _member(tokens: list[str]) -> tuple[str, Member] | None:
    """`name?: type`; an index signature is called `*`; methods are left out."""
    tokens = tokens[1:] if tokens[:1] == ["readonly"] else tokens
    if tokens[:1] == ["["] and "]" in tokens:
        return "*", Member(False, tuple(tokens[tokens.index("]") + 2 :]))
    optional = tokens[1:2] == ["?"]
    colon = 2 if optional else 1
    if len(tokens) <= colon or tokens[colon] != ":":
        return None
    return tokens[0].strip("'\""), Member(optional, tuple(tokens[colon + 1 :]))


def _statement(tokens: list[str], at: int) -> int:
    """The position after the semicolon that ends a statement or member."""
    depth = 0
    while at < len(tokens):
        token = tokens[at]
        if token in _OPEN:
            depth += 1
        elif token in _CLOSE:
            depth -= 1
            if depth < 0:
                return at
        elif token == ";" and depth == 0:
            return at + 1
        at += 1
    return at


def _skip(tokens: list[str], at: int) -> int:
    """The position after a block in braces."""
    depth = 0
    for position in range(at, len(tokens)):
        depth += (tokens[position] == "{") - (tokens[position] == "}")
        if depth == 0:
            return position + 1
    return len(tokens)


def find(name: str, chain: tuple[Scope, ...]) -> tuple[str, tuple[Scope, ...]] | None:
    """The interface that a name means inside nested scopes (innermost last), with the scopes around it."""
    path = name.removeprefix("Stripe.").split(".")
    for depth in range(len(chain), 0, -1):
        inside = list(chain[:depth])
        for part in path[:-1]:
            step = inside[-1].inner.get(part)
            if step is None:
                break
            inside.append(step)
        else:
            if path[-1] in inside[-1].interfaces:
                return path[-1], tuple(inside)
    return None


def members(name: str, chain: tuple[Scope, ...]) -> dict[str, Member]:
    """An interface's members, those of what it extends included."""
    scope = chain[-1]
    inherited: dict[str, Member] = {}
    for base in scope.bases.get(name, ()):
        found = find(base, chain)
        if found and found[0] != name:
            inherited |= members(*found)
    return inherited | scope.interfaces[name]


def walk(scope: Scope, chain: tuple[Scope, ...] = ()) -> Iterator[tuple[str, tuple[Scope, ...]]]:
    """Every interface with the scopes around it."""
    chain = (*chain, scope)
    for name in scope.interfaces:
        yield name, chain
    for inner in scope.inner.values():
        yield from walk(inner, chain)
