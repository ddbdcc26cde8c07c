"""What every object type can do without a rule of its own: create, retrieve, update, delete, list, search.

A call without a rule echoes its parameters into fields of the same name and leaves the rest to the template. What else it would do at
Stripe, nobody here knows: the money and status of what it wrote are then no longer told as facts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from replayer.simulator.calls import Answer, Call, refuse
from replayer.simulator.echo import Echo
from replayer.simulator.lists import list_page
from replayer.simulator.records import Record
from replayer.simulator.routes import Kind
from replayer.simulator.searches import search_page
from replayer.stripeapi.catalogue import Field, catalogue

# Types whose create, update and delete do no more than write what they were given.
PLAIN = frozenset({
    "product", "price", "plan", "coupon", "promotion_code", "tax_rate", "shipping_rate", "webhook_endpoint", "billing.meter", "customer",
    "payment_method", "file_link", "apple_pay_domain", "entitlements.feature", "billing_portal.configuration",
})  # fmt: skip
# Types of which Stripe sends `created`, `updated` and `deleted` events.
_TOLD = frozenset({"product", "price", "plan", "coupon", "promotion_code", "tax_rate", "customer", "payment_method"})


def create(call: Call) -> Answer:
    """Make an object from parameters of the names of its fields."""
    object_type = _made_type(call)
    parents = dict(_parents(call))
    fields = _fields(object_type)
    echo = Echo(fields, {}, call.store).take(call.params)
    values = {**{name: identifier for name, identifier in parents.items() if name in fields}, **echo.values}
    identifier = call.params.get("id") if "id" in call.route.operation.params else None
    if isinstance(identifier, str) and call.store.get(object_type, identifier) is not None:
        name = object_type.capitalize()
        raise refuse(f"{name} already exists.", code="resource_already_exists")
    record = call.create(object_type, values, origin="given", identifier=identifier if isinstance(identifier, str) else None)
    record.mark({name: "computed" for name in parents if name in values})
    _children(call, record, fields)
    _tell(call, record, "created")
    return record


def _children(call: Call, parent: Record, fields: dict[str, Field]) -> None:
    """Objects that are given within another: a subscription's items."""
    for name, value in call.params.items():
        field = fields.get(name)
        if field is None or field.kind != "listing" or not isinstance(value, list) or not field.target:
            continue
        parent.values = {key: held for key, held in parent.values.items() if key != name}
        for index, entry in enumerate(value):
            if isinstance(entry, dict):
                values = Echo(_fields(field.target), {}, call.store, (name, str(index))).take(_sold(entry)).values
                call.create(field.target, {**values, parent.type: parent.id}, origin="given").mark({parent.type: "computed"})


def _sold(entry: dict[str, Any]) -> dict[str, Any]:
    """What an item sells, under both of its names."""
    sold = entry.get("price") or entry.get("plan")
    return {**entry, "price": sold, "plan": sold} if isinstance(sold, str) else entry


def retrieve(call: Call) -> Answer:
    """Show an object; of a deleted customer what is left of it."""
    last = len(call.ids) - 1
    record = call.at(last, deleted=True)
    if record.deleted and record.type != "customer":
        return call.at(last)
    return record


def update(call: Call) -> Answer:
    """Write parameters into fields of the same name; what else that does is not known."""
    record = _write(call, call.at(len(call.ids) - 1))
    if record.type not in PLAIN:
        record.weaken()
    return record


def write(call: Call) -> Answer:
    """Write parameters into fields of the same name, and that is all that Stripe does."""
    return _write(call, call.at(len(call.ids) - 1))


def _write(call: Call, record: Record) -> Record:
    echo = Echo(_fields(record.type), record.values, call.store).take(call.params)
    record = call.update(record, echo.values, origin="given", paths=echo.paths)
    if echo.values:
        _tell(call, record, "updated")
    return record


def delete(call: Call) -> Answer:
    """Delete an object."""
    record = call.delete(call.at(len(call.ids) - 1))
    _tell(call, record, "deleted")
    return record


def action(call: Call) -> Answer:
    """Do something that has no rule: the object that it is done to is shown, and is no longer sure."""
    types = call.route.types
    for position in reversed(range(len(call.ids))):
        record = call.at(position)
        if record.type in types or not types:
            record = _write(call, record)
            record.weaken()
            return record
    echo = Echo(_fields(types[0]) if types else {}, {}, call.store).take(call.params)
    return _passing(call, types[0] if types else "object", echo.values)


def single(call: Call) -> Answer:
    """Show what there is only one of: the account, its balance."""
    for position in range(len(call.ids)):
        call.at(position)
    object_type = call.route.types[0] if call.route.types else "object"
    if object_type == "account":
        known = call.store.all("account")
        return known[0] if known else _passing(call, "account", {"id": call.store.account_id})
    return _passing(call, object_type, {})


def _passing(call: Call, object_type: str, values: dict[str, Any]) -> Record:
    """An answer that is kept nowhere."""
    head = {"id": call.store.mint.of(object_type)} if "id" in _fields(object_type) else {}
    return Record(object_type, str(head.get("id", "")), {**head, "object": object_type, "livemode": False, **values}, origin="given")


def list_(call: Call) -> Answer:
    """A page of objects."""
    parents = _parents(call)
    for position in range(len(call.ids)):
        call.at(position, deleted=True)
    return list_page(call, parents)


def _parents(call: Call) -> list[tuple[str, str]]:
    """The fields that point to the objects in the path: `customer` in what hangs under a customer."""
    named = zip(call.route.named, call.ids, strict=True)
    return [(types[0].rpartition(".")[2], identifier) for (_, types, _), identifier in named if types]


def _made_type(call: Call) -> str:
    types = call.route.types
    if len(types) > 1:
        given = call.params.get("source") or call.params.get("external_account")
        text = given if isinstance(given, str) else ""
        return "bank_account" if text.startswith(("btok_", "ba_")) else "source" if text.startswith("src_") else "card"
    return types[0] if types else "object"


def _fields(object_type: str) -> dict[str, Field]:
    return catalogue().fields(object_type, None)


def _tell(call: Call, record: Record, what: str) -> None:
    if record.type in _TOLD:
        call.event(f"{record.type}.{what}", record)


HANDLERS: dict[Kind, Callable[[Call], Answer]] = {
    "create": create,
    "retrieve": retrieve,
    "update": update,
    "delete": delete,
    "list": list_,
    "search": search_page,
    "action": action,
    "single": single,
}
