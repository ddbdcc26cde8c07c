"""Stripe's errors as it words them, and the simulator's own "I cannot know".

The envelope and which codes go with which types: Stripe API reference, "Errors" and "Error codes"; wording and `param` as recordings show.
"""

from typing import Any

import msgspec

_DOCS = "https://stripe.com/docs/error-codes/"
_SPELLINGS = {"payment_method": "PaymentMethod", "setup_intent": "setupintent"}


class Unknown(Exception):
    """What a call needs is not known here: its outcome is unknown, never an error of Stripe's."""


class Embedded(msgspec.Struct, frozen=True):
    """An object that an error carries (`payment_intent`), rendered in the version of the call."""

    type: str
    id: str


class ApiError(Exception):
    """An answer of Stripe's that is an error.

    `executed` is whether the call began to execute, so that its idempotency key is used up (Stripe API reference, "Idempotent requests":
    validation failures are not stored). `more` are further members of the error; an `Embedded` value is rendered.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        executed: bool = False,
        **more: Any,
    ) -> None:
        super().__init__(message)
        self.message, self.status, self.kind, self.code, self.param = message, status, kind, code, param
        self.executed = executed
        self.more = {key: value for key, value in more.items() if value is not None}

    def members(self) -> dict[str, Any]:
        """The members of the error, in Stripe's order (by name)."""
        found: dict[str, Any] = {**self.more, "message": self.message, "type": self.kind}
        if self.code is not None:
            found["code"] = self.code
            found["doc_url"] = _DOCS + self.code.replace("_", "-")
        if self.param is not None:
            found["param"] = self.param
        return dict(sorted(found.items()))


def missing_resource(object_type: str, identifier: str, *, param: str, status: int = 404) -> ApiError:
    """No object of this id: 404 where the path names it, 400 where a parameter does."""
    name = _SPELLINGS.get(object_type, object_type.rpartition(".")[2])
    return ApiError(f"No such {name}: '{identifier}'", status=status, code="resource_missing", param=param, executed=True)


def unknown_parameter(names: list[str]) -> ApiError:
    """Parameters that the operation does not have."""
    plural = "s" if len(names) > 1 else ""
    return ApiError(f"Received unknown parameter{plural}: {', '.join(names)}", code="parameter_unknown", param=names[0])


def missing_parameter(name: str) -> ApiError:
    """A required parameter that is not there."""
    return ApiError(f"Missing required param: {name}.", code="parameter_missing", param=name)


def empty_parameter(name: str) -> ApiError:
    """An empty value for what cannot be unset."""
    return ApiError(
        f"You passed an empty string for '{name}'. We assume empty values are an attempt to unset a parameter; however '{name}' cannot be "
        "unset. You should remove it from your request or supply a non-empty value.",
        code="parameter_invalid_empty",
        param=name,
    )


def invalid_integer(name: str, value: Any) -> ApiError:
    """Not an integer."""
    return ApiError(f"Invalid integer: {value}", code="parameter_invalid_integer", param=name)


def only_one_of(*names: str) -> ApiError:
    """Parameters that exclude each other."""
    return ApiError(f"You may only specify one of these parameters: {', '.join(names)}.", param=names[0])


def negative_integer(name: str) -> ApiError:
    """An integer below zero where none may be."""
    return ApiError("Invalid non-negative integer", code="parameter_invalid_integer", param=name)


def invalid_value(name: str, what: str, value: Any = None) -> ApiError:
    """Not a value of the parameter's kind: `what` is `boolean`, `array`, `object`, `string`."""
    return ApiError(f"Invalid {what}" + (f": {value}" if value is not None else ""), param=name)


def invalid_choice(name: str, choices: tuple[str, ...]) -> ApiError:
    """Not one of an enum's values."""
    leaf = name.rpartition("[")[2].rstrip("]")
    listed = f"{', '.join(choices[:-1])}, or {choices[-1]}" if len(choices) > 2 else " or ".join(choices)
    return ApiError(f"Invalid {leaf}: must be one of {listed}", param=name)


def no_key() -> ApiError:
    """No API key came with the call."""
    return ApiError(
        "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth "
        "(e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
        status=401,
    )


def bad_key(key: str) -> ApiError:
    """The API key is none of a test mode account's; it is shown masked."""
    shown = f"{key[:8]}{'*' * max(0, len(key) - 12)}{key[-4:]}" if len(key) > 12 else "*" * len(key)
    return ApiError(f"Invalid API Key provided: {shown}", status=401)


def no_such_url(method: str, path: str) -> ApiError:
    """No operation has this method and path."""
    return ApiError(f"Unrecognized request URL ({method}: {path}). Please see https://stripe.com/docs.", status=404)


def reused_key(key: str) -> ApiError:
    """An idempotency key that came before with other parameters."""
    return ApiError(
        "Keys for idempotent requests can only be used with the same parameters they were first used with. "
        f"Try using a key other than '{key}' if you meant to execute a different request.",
        kind="idempotency_error",
    )


def cannot_expand(path: str, *, in_list: bool = False) -> ApiError:
    """An `expand` path that names nothing that can be expanded."""
    hint = f" You may want to try expanding 'data.{path}' instead." if in_list else ""
    return ApiError(f"This property cannot be expanded ({path}).{hint}")


def too_deep(path: str) -> ApiError:
    """An `expand` path of more than four levels."""
    return ApiError(f"You cannot expand more than 4 levels of a property ({path}).")
