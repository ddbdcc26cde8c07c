"""Connected accounts: made, updated, closed (Stripe API reference, "Accounts"). They are kept in the platform's store."""

from __future__ import annotations

from typing import Any

from replayer.simulator import identities, requirements
from replayer.simulator.calls import Answer, Call, refuse
from replayer.simulator.echo import Echo
from replayer.simulator.errors import ApiError, missing_parameter, missing_resource
from replayer.simulator.records import Record
from replayer.simulator.rule import METADATA, PAGES, Rule
from replayer.simulator.tokens import currency_of, taken
from replayer.stripeapi.catalogue import catalogue

_NO_ADDRESS = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
_DOCUMENT = {"document": {"back": None, "details": None, "details_code": None, "front": None}}
_PROFILE = {
    **dict.fromkeys((
        "annual_revenue", "estimated_worker_count", "mcc", "name", "product_description", "support_address", "support_email",
        "support_phone", "support_url", "url",
    )),
}  # fmt: skip
# Who bears what, by the account's type (docs.stripe.com/connect/migrate-to-controller-properties).
_CONTROLLERS: dict[str, dict[str, Any]] = {
    "custom": {
        "fees": {"payer": "application_custom"}, "losses": {"payments": "application"}, "requirement_collection": "application",
        "stripe_dashboard": {"type": "none"},
    },
    "express": {
        "fees": {"payer": "application_express"}, "losses": {"payments": "application"}, "requirement_collection": "stripe",
        "stripe_dashboard": {"type": "express"},
    },
    "standard": {
        "fees": {"payer": "account"}, "losses": {"payments": "stripe"}, "requirement_collection": "stripe",
        "stripe_dashboard": {"type": "full"},
    },
}  # fmt: skip
_FIELDS = ("business_profile", "business_type", "company", "default_currency", "email", "metadata", "settings", "tos_acceptance")
_HASHES = frozenset({"business_profile", "company", "settings", "tos_acceptance"})
_DELAYS = {"US": 2, "AU": 2}  # days until a payment can be paid out


def destination(call: Call, value: Any, param: str) -> str:
    """The connected account that a parameter names; its error where the platform has none of this id."""
    if not isinstance(value, str) or not value:
        raise missing_parameter(param)
    found = call.on_account(None).store.first(("account",), value)
    if found is None or found.deleted:
        raise missing_resource("destination", value, param=param, status=400)
    if "destination" in param and _never_asked_for_transfers(found):
        raise refuse(
            "Your destination account needs to have at least one of the following capabilities enabled: transfers, crypto_transfers, "
            "legacy_payments",
            code="insufficient_capabilities_for_transfer",
        )
    return value


def _never_asked_for_transfers(account: Record) -> bool:
    requested = account.values.get("requested")
    return account.raw is None and isinstance(requested, dict) and account["type"] != "standard" and "transfers" not in requested


def no_access(call: Call, identifier: str) -> ApiError:
    """The error about an account that the key cannot act on, or that is not there."""
    return ApiError(
        f"The provided key 'sk_test_***' does not have access to account '{identifier}' (or that account does not exist). "
        "Application access may have been revoked.",
        status=403,
        code="account_invalid",
        executed=True,
    )


def account_at(call: Call) -> Record:
    """The account in the path."""
    identifier = call.ids[0]
    found = call.on_account(None).store.first(("account",), identifier)
    if found is None or found.deleted:
        raise no_access(call, identifier)
    return found


def create(call: Call) -> Answer:
    """Make a connected account."""
    given = call.params
    kind = _type(given)
    country = str(given.get("country") or "US").upper()
    blank: dict[str, Any] = {
        "business_profile": _PROFILE, "business_type": None, "capabilities": {}, "charges_enabled": False,
        "controller": _controller(given, kind),
        "country": country, "default_currency": currency_of(country), "details_submitted": False, "email": None,
        "external_accounts": None, "future_requirements": requirements.NONE_DUE, "metadata": {}, "payouts_enabled": False, "requested": {},
        "settings": _settings(kind, country), "tos_acceptance": dict.fromkeys(("date", "ip", "user_agent")), "type": kind,
    }  # fmt: skip
    if kind != "standard":
        blank["company"] = _company(country)
    if kind == "express":
        blank["login_links"] = None
    account = call.create("account", blank, identifier=call.store.mint.of("account"))
    account.assign({name: value for name, value in account.values.items() if name != "livemode"})
    if given.get("account_token"):
        call.params = given = {**given, **_of_token(call, str(given["account_token"]))}
    return _take(call, account)


def _type(given: dict[str, Any]) -> str:
    kind = given.get("type")
    if isinstance(kind, str) and kind:
        return kind
    if isinstance(given.get("controller"), dict):
        return "none"
    return "standard"


def _controller(given: dict[str, Any], kind: str) -> dict[str, Any]:
    asked = given.get("controller")
    base = _CONTROLLERS.get(kind, _CONTROLLERS["standard"])
    found = {**base, **(asked if isinstance(asked, dict) else {})}
    return {**found, "is_controller": True, "type": "application"}


def _company(country: str) -> dict[str, Any]:
    return {
        "address": {**_NO_ADDRESS, "country": country}, "directors_provided": False, "executives_provided": False, "name": None,
        "owners_provided": False, "phone": None, "tax_id_provided": False, "verification": _DOCUMENT,
    }  # fmt: skip


def _settings(kind: str, country: str) -> dict[str, Any]:
    card = {"decline_on": {"avs_failure": False, "cvc_failure": False}}
    prefix = dict.fromkeys(("statement_descriptor_prefix", "statement_descriptor_prefix_kana", "statement_descriptor_prefix_kanji"))
    schedule = {"delay_days": _DELAYS.get(country, 7), "interval": "daily"}
    return {
        "bacs_debit_payments": {"display_name": None, "service_user_number": None},
        "branding": dict.fromkeys(("icon", "logo", "primary_color", "secondary_color")),
        "card_issuing": {"tos_acceptance": {"date": None, "ip": None}},
        "card_payments": {**card, **prefix},
        "dashboard": {"display_name": None, "timezone": "Etc/UTC"},
        "invoices": {"default_account_tax_ids": None, "hosted_payment_method_save": "offer"},
        "payments": dict.fromkeys(("statement_descriptor", "statement_descriptor_kana", "statement_descriptor_kanji")),
        "payouts": {"debit_negative_balances": kind != "custom", "schedule": schedule, "statement_descriptor": None},
        "sepa_debit_payments": {},
    }


def _of_token(call: Call, token: str) -> dict[str, Any]:
    content = taken(call, token, "account_token").values.get("content")
    found = {name: value for name, value in (content or {}).items() if name != "tos_shown_and_accepted"}
    if (content or {}).get("tos_shown_and_accepted"):
        found["tos_acceptance"] = {"date": call.now, "ip": None}
    return found


def update(call: Call) -> Answer:
    """Change a connected account."""
    account = account_at(call)
    if call.params.get("account_token"):
        call.params = {**call.params, **_of_token(call, str(call.params["account_token"]))}
    inner = call.on_account(None)
    inner.params = call.params
    return _take(inner, account)


def _take(call: Call, account: Record) -> Record:
    """Write what the parameters give into an account, and see what it may then do."""
    given = call.params
    made = not account.values.get("was_made")
    echo = Echo(catalogue().fields("account", None), account.values, call.store).take(
        {name: given[name] for name in _FIELDS if name in given and (given[name] is not None or name not in _HASHES)}
    )
    changes = dict(echo.values)
    if isinstance(given.get("company"), dict):
        changes["company"] = _company_given(account, given["company"])
    changes["requested"] = _requested(call, account, given)
    changes["was_made"] = True
    account = call.update(account, changes) if not made else _assigned(account, changes)
    account.mark(dict.fromkeys(("business_profile", "metadata", "tos_acceptance.ip", "tos_acceptance.user_agent"), "given"))
    if isinstance(given.get("individual"), dict):
        _individual(call, account, given["individual"])
    bank = given.get("external_account") or given.get("bank_account")
    if bank:
        from replayer.simulator.external_accounts import add

        replaced = [one for kind in ("bank_account", "card") for one in call.store.children(kind, "account", account.id)]
        added = add(call, account, bank, default=True)
        for old in replaced:
            if old["currency"] == added["currency"]:
                call.delete(old)
    return refresh(call, call.store.get("account", account.id) or account, told=not made)


def _assigned(account: Record, changes: dict[str, Any]) -> Record:
    account.assign(changes)
    return account


def _company_given(account: Record, given: dict[str, Any]) -> dict[str, Any]:
    held = account.values.get("company") or _company(str(account["country"]))
    shown = Echo(catalogue().fields("account", None)["company"].children, held, None).take(given).values  # type: ignore[arg-type]
    if isinstance(given.get("address"), dict):
        shown["address"] = {**held["address"], **given["address"]}
    for name in ("tax_id", "vat_id"):
        if given.get(name):
            shown[f"{name}_provided"] = True
    return {**held, **shown}


def _requested(call: Call, account: Record, given: dict[str, Any]) -> dict[str, Any]:
    """The capabilities that are asked for, with when they were."""
    found = dict(account["requested"])
    asked = given.get("capabilities")
    for name, how in asked.items() if isinstance(asked, dict) else ():
        wanted = how.get("requested") if isinstance(how, dict) else None
        if wanted:
            found.setdefault(name, call.now)
        elif wanted is False:
            found.pop(name, None)
    old = given.get("requested_capabilities")
    for name in old if isinstance(old, list) else old.values() if isinstance(old, dict) else ():
        found.setdefault(str(name), call.now)
    if not found and account["type"] == "express" and not account.values.get("was_made"):
        found = {"card_payments": call.now, "transfers": call.now}
    return found


def _individual(call: Call, account: Record, given: dict[str, Any]) -> None:
    held = account.values.get("individual")
    person = call.store.get("person", held) if isinstance(held, str) else None
    if person is None:
        person = call.create("person", identities.blank(account, individual=True))
        call.update(account, {"individual": person.id})
    call.update(person, identities.given(call, person.values, given, ("individual",)))


def refresh(call: Call, account: Record, *, told: bool = True) -> Record:
    """See what an account is still asked for, and what it may do; tell that it changed."""
    account = call.store.get("account", account.id) or account
    persons = [one.values for one in call.store.children("person", "account", account.id)]
    banks = [one for kind in ("bank_account", "card") for one in call.store.children(kind, "account", account.id)]
    due = requirements.due(account.values, persons, has_bank=bool(banks))
    _persons(call, account, due)
    failing = any(requirements.fails(person) for person in persons)
    requested = account["requested"]
    status = "active" if requested and not due and not failing else "inactive"
    if account["type"] == "standard":
        status, due = "inactive", due or ["business_profile.url"]
    changes = {
        "capabilities": dict.fromkeys(requested, status),
        "charges_enabled": status == "active" and "card_payments" in requested,
        "details_submitted": bool(requested) and not due,
        "payouts_enabled": status == "active" and bool(banks),
        "requirements": requirements.shown(due),
    }
    if all(account.values.get(name) == value for name, value in changes.items()):
        changed = account
    else:
        changed = call.update(account, changes)
    if told:
        call.event("account.updated", changed)
    return changed


def _persons(call: Call, account: Record, due: list[str]) -> None:
    for person in call.store.children("person", "account", account.id):
        head = "individual." if account.values.get("business_type") == "individual" else f"{person.id}."
        own = [name.removeprefix(head) for name in due if name.startswith(head)]
        shown = identities.verified(person.values, own)
        if any(person.values.get(name) != value for name, value in shown.items()):
            call.update(person, shown)


def retrieve(call: Call) -> Answer:
    """Show a connected account."""
    return account_at(call)


def own(call: Call) -> Answer:
    """Show the account that acts: the connected one of the header, or the platform's own."""
    known = call.on_account(None).store.first(("account",), call.store.account_id)
    if known is not None:
        return known
    found = [record for record in call.store.all("account") if record.raw is not None]
    return found[0] if found else call.passing("account", {"id": call.store.account_id}, dict.fromkeys(("charges_enabled",), "template"))


def delete(call: Call) -> Answer:
    """Close a connected account."""
    account = account_at(call)
    platform = call.on_account(None)
    gone = platform.delete(account)
    platform.event("account.application.deauthorized", gone)
    return gone


def reject(call: Call) -> Answer:
    """Reject a connected account: it can neither charge nor be paid out."""
    account, platform = account_at(call), call.on_account(None)
    reason = call.params.get("reason")
    shown = requirements.shown([], problem=f"rejected.{reason if reason in ('fraud', 'terms_of_service') else 'other'}")
    changes = {"charges_enabled": False, "payouts_enabled": False, "requirements": shown}
    changes["capabilities"] = dict.fromkeys(account["requested"], "inactive")
    account = platform.update(account, changes)
    platform.event("account.updated", account)
    return account


_MADE = ("type", "country", "business_type", "capabilities", "company", "individual", "external_account", "default_currency", "controller",
         "tos_acceptance", "settings", "account_token", "business_profile")  # fmt: skip
_INERT = {"metadata": METADATA}
RULES = {
    "POST /v1/accounts": Rule(create, (), _INERT),
    "POST /v1/accounts/{}": Rule(update, (), _INERT),
    "GET /v1/accounts/{}": Rule(retrieve),
    "GET /v1/account": Rule(own),
    "GET /v1/accounts": Rule(None, ("created", *PAGES)),
    "DELETE /v1/accounts/{}": Rule(delete),
    "POST /v1/accounts/{}/reject": Rule(reject, ("reason",)),
}
