"""A draft's lines: put on, changed, taken off (Stripe API reference, "Invoice Line Item").

What a line bills stands on its invoice item; what bills a subscription has none, and how Stripe changes it is not known here.
"""

from __future__ import annotations

from typing import Any

from replayer.simulator import pending, totals
from replayer.simulator.calls import Answer, Call, Page, refuse
from replayer.simulator.errors import Unknown
from replayer.simulator.lines import write
from replayer.simulator.records import Record
from replayer.simulator.rule import ARBITRARY, METADATA, PAGES, Rule


def _draft(call: Call) -> Record:
    invoice = call.sure(call.at(0))
    call.on_clock(call.store.get("customer", str(invoice["customer"])))
    if invoice["status"] != "draft":
        raise refuse("This invoice is no longer a draft, so its lines cannot be changed.", param="invoice")
    return invoice


def _entries(call: Call) -> list[dict[str, Any]]:
    return [entry for entry in call.params.get("lines") or [] if isinstance(entry, dict)]


def _written(call: Call, invoice: Record) -> Record:
    """The draft as it is after its lines were changed, under the changes of its own that came with them."""
    metadata = call.params.get("invoice_metadata")
    if isinstance(metadata, dict):
        invoice = call.update(invoice, {"metadata": {**(invoice.values.get("metadata") or {}), **metadata}})
    invoice = totals.compute(call, call.store.get("invoice", invoice.id) or invoice)
    call.event("invoice.updated", invoice)
    return invoice


def add(call: Call) -> Answer:
    """Put lines on a draft: items that wait, or what is made of amounts and prices."""
    invoice = _draft(call)
    for place, entry in enumerate(_entries(call)):
        waiting = entry.get("invoice_item")
        if isinstance(waiting, str):
            item = call.update(call.sure(call.find("invoiceitem", waiting, f"lines[{place}][invoice_item]")), {"invoice": invoice.id})
            write(call, invoice.id, pending.line_of(item))
        else:
            pending.create(call.within(**entry, customer=invoice["customer"], invoice=invoice.id, currency=invoice["currency"]))
    return _written(call, invoice)


def change(call: Call) -> Answer:
    """Change lines of a draft."""
    invoice = _draft(call)
    for place, entry in enumerate(_entries(call)):
        _change(call.within(**{name: value for name, value in entry.items() if name != "id"}), _line(call, invoice, entry, place))
    return _written(call, invoice)


def change_one(call: Call) -> Answer:
    """Change one line of a draft."""
    _draft(call)
    line = call.at(1)
    _change(call, line)
    return call.store.get("line_item", line.id) or line


def _change(call: Call, line: Record) -> None:
    pending.change(call, _item(call, line))


def remove(call: Call) -> Answer:
    """Take lines off a draft: what they bill is deleted, or waits again."""
    invoice = _draft(call)
    for place, entry in enumerate(_entries(call)):
        line = _line(call, invoice, entry, place)
        item = _item(call, line)
        call.store.writable(line).deleted = True
        if entry.get("behavior") == "unassign":
            call.update(item, {"invoice": None})
        else:
            call.event("invoiceitem.deleted", call.delete(item))
    return _written(call, invoice)


def _line(call: Call, invoice: Record, entry: dict[str, Any], place: int) -> Record:
    line = call.find("line_item", str(entry.get("id")), f"lines[{place}][id]")
    if line.values.get("invoice") != invoice.id:
        raise refuse(f"The line {line.id} is on another invoice.", param=f"lines[{place}][id]")
    return line


def _item(call: Call, line: Record) -> Record:
    identifier = line.values.get("invoice_item")
    if not isinstance(identifier, str):
        raise Unknown("a line of a subscription that is changed by itself")
    return call.sure(call.find("invoiceitem", identifier, "invoice_item"))


def list_(call: Call) -> Answer:
    """An invoice's lines, in their order."""
    found = totals.lines_of(call, call.at(0))
    limit = call.params.get("limit")
    size = max(1, min(100, limit)) if isinstance(limit, int) else 10
    after = call.params.get("starting_after")
    place = next((index + 1 for index, line in enumerate(found) if line.id == after), 0)
    return Page(found[place : place + size], call.request.path, has_more=len(found) > place + size)


_ENTRY = ("amount", "quantity", "discounts", "discountable", "tax_rates", "price", "pricing", "price_data")
_INERT = {"description": ARBITRARY, "metadata": METADATA}
_OF_INVOICE = {"invoice_metadata": METADATA}
RULES = {
    "POST /v1/invoices/{}/add_lines": Rule(add, ("lines",), _OF_INVOICE),
    "POST /v1/invoices/{}/update_lines": Rule(change, ("lines",), _OF_INVOICE),
    "POST /v1/invoices/{}/remove_lines": Rule(remove, ("lines",), _OF_INVOICE),
    "POST /v1/invoices/{}/lines/{}": Rule(change_one, _ENTRY, _INERT),
    "GET /v1/invoices/{}/lines": Rule(list_, PAGES),
}
