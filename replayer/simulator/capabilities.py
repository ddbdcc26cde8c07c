"""Capabilities of a connected account (docs.stripe.com/connect/account-capabilities)."""

from __future__ import annotations

from replayer.simulator.accounts import account_at, refresh
from replayer.simulator.calls import Answer, Call, Page
from replayer.simulator.errors import missing_resource
from replayer.simulator.records import Record
from replayer.simulator.requirements import NONE_DUE
from replayer.simulator.rule import Rule

_OFFERED = ("card_payments", "transfers")


def _show(call: Call, account: Record, name: str) -> Record:
    since = account["requested"].get(name)
    status = account["capabilities"].get(name, "unrequested")
    values = {
        "id": name, "account": account.id, "future_requirements": NONE_DUE, "requested": since is not None, "requested_at": since,
        "requirements": account["requirements"] if since is not None else NONE_DUE, "status": status,
    }  # fmt: skip
    record = call.passing("capability", values)
    record.values = {field: value for field, value in record.values.items() if field not in ("created", "livemode")}
    return record


def retrieve(call: Call) -> Answer:
    """Show a capability of the account in the path."""
    account, name = account_at(call), call.ids[1]
    if not (name in account["requested"] or name in _OFFERED or name.endswith(("_payments", "_issuing", "_k", "_misc", "treasury"))):
        raise missing_resource("capability", name, param="capability")
    return _show(call, account, name)


def update(call: Call) -> Answer:
    """Ask for a capability, or ask for it no longer."""
    account, name = account_at(call), call.ids[1]
    platform = call.on_account(None)
    requested = dict(account["requested"])
    if call.params.get("requested"):
        requested.setdefault(name, call.now)
    elif call.params.get("requested") is False:
        requested.pop(name, None)
    account = refresh(platform, platform.update(account, {"requested": requested}))
    record = _show(call, account, name)
    call.event("capability.updated", record)
    return record


def list_(call: Call) -> Page:
    """The capabilities of the account in the path."""
    account = account_at(call)
    names = sorted({*account["requested"], *account["capabilities"]})
    return Page([_show(call, account, name) for name in names], call.request.path)


RULES = {
    "GET /v1/accounts/{}/capabilities": Rule(list_),
    "GET /v1/accounts/{}/capabilities/{}": Rule(retrieve),
    "POST /v1/accounts/{}/capabilities/{}": Rule(update, ("requested",)),
}
