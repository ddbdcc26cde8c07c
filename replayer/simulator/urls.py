"""The urls of lists, from the catalogue's operations."""

from functools import lru_cache

from replayer.stripeapi.catalogue import catalogue


@lru_cache(maxsize=1)
def _collections() -> dict[str, str]:
    """The path of each type's own list or creation, without braces: `charge` is `/v1/charges`."""
    found: dict[str, str] = {}
    for operation in catalogue().operations():
        if "{" in operation.template or not operation.returns:
            continue
        if operation.shape == "list" or (operation.method == "POST" and operation.returns not in found):
            found[operation.returns] = operation.template
    return found


@lru_cache(maxsize=1)
def _nested() -> set[str]:
    """The lists that hang under an object: `/v1/charges/{}/refunds`."""
    return {_blank(operation.template) for operation in catalogue().operations() if operation.method == "GET" and operation.shape == "list"}


def _blank(template: str) -> str:
    return "/".join("{}" if part.startswith("{") else part for part in template.split("/"))


def collection_of(object_type: str) -> str:
    """The path of a type's own list; one made of its name where there is none."""
    return _collections().get(object_type) or f"/v1/{object_type.replace('.', '/')}s"


def nested_url(object_type: str, identifier: str, name: str) -> str | None:
    """The path of a list that hangs under an object, null where the API has none."""
    base = collection_of(object_type)
    return f"{base}/{identifier}/{name}" if f"{base}/{{}}/{name}" in _nested() else None
