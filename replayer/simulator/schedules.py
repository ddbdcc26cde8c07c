"""Subscription schedules: a subscription that changes by itself, phase by phase.

docs.stripe.com/billing/subscriptions/subscription-schedules. A phase says what the subscription sells from its start to its end, which is
the next one's start. A change at a period's end is no proration: nothing of the old is unused. After the last phase the schedule lets go of
the subscription, or cancels it (`end_behavior`).
"""

from __future__ import annotations

from typing import Any

from replayer.simulator import changes, endings, items, periods, prorations, renewals, subscriptions
from replayer.simulator.calls import Answer, Call, refuse
from replayer.simulator.errors import ApiError, missing_parameter
from replayer.simulator.prices import recurring_of
from replayer.simulator.records import Record
from replayer.simulator.rule import METADATA, PAGES, Rule

_OPEN = ("not_started", "active")
_PHASE: dict[str, Any] = {
    **dict.fromkeys((
        "application_fee_percent", "automatic_tax", "billing_cycle_anchor", "billing_thresholds", "collection_method", "coupon",
        "default_payment_method", "description", "discounts", "invoice_settings", "on_behalf_of", "transfer_data", "trial_end",
    )),
    "add_invoice_items": [], "default_tax_rates": [], "items": [], "metadata": {}, "proration_behavior": "create_prorations",
}  # fmt: skip
_DEFAULTS: dict[str, Any] = {
    **dict.fromkeys((
        "application_fee_percent", "billing_thresholds", "default_payment_method", "default_source", "description", "on_behalf_of",
        "transfer_data",
    )),
    "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None}, "billing_cycle_anchor": "automatic",
    "collection_method": "charge_automatically",
    "invoice_settings": {"account_tax_ids": None, "days_until_due": None, "issuer": {"type": "self"}},
}  # fmt: skip
_ITEM: dict[str, Any] = {"billing_thresholds": None, "discounts": [], "metadata": {}, "tax_rates": []}
# What a phase hands on to its subscription as it stands.
_HANDED = (
    "collection_method",
    "default_payment_method",
    "description",
    "metadata",
    "add_invoice_items",
    "default_tax_rates",
    "discounts",
    "coupon",
)


def create(call: Call) -> Answer:
    """Make a schedule, from phases or around a subscription that is there, and begin it where its start has come."""
    subscription = call.named("from_subscription", "subscription")
    if subscription is not None:
        return _around(call, call.sure(subscription))
    customer = call.named("customer")
    if customer is None:
        raise missing_parameter("customer")
    call.on_clock(call.sure(customer))
    start = call.params.get("start_date")
    start = call.now if start in (None, "now") else int(start)
    phases = _phases(call, start)
    schedule = call.create("subscription_schedule", {**_head(call, customer), "phases": phases})
    schedule.mark({"metadata": "given"} if "metadata" in call.params else {})
    call.event("subscription_schedule.created", schedule)
    if start > call.now:
        call.appoint(start, "phase", schedule, first=True)
        return schedule
    return _enter(call, schedule, 0)


def _head(call: Call, customer: Record) -> dict[str, Any]:
    given = call.params.get("default_settings")
    return {
        **dict.fromkeys(
            ("application", "canceled_at", "completed_at", "current_phase", "released_at", "released_subscription", "subscription")
        ),
        "billing_mode": subscriptions.mode_of(call),
        "customer": customer.id,
        "default_settings": {**_DEFAULTS, **(given if isinstance(given, dict) else {})},
        "end_behavior": call.params.get("end_behavior") or "release",
        "metadata": call.params.get("metadata") or {},
        "renewal_interval": None,
        "status": "not_started",
        "test_clock": customer.values.get("test_clock"),
    }


def _around(call: Call, subscription: Record) -> Record:
    """A schedule of one phase: what the subscription sells, to the end of its period."""
    customer = call.find("customer", str(subscription["customer"]), "customer")
    call.on_clock(customer)
    if subscription.values.get("schedule"):
        message = f"You cannot migrate a subscription that is already attached to a schedule: {subscription['schedule']}."
        raise refuse(message, param="from_subscription")
    start, end = subscription["current_period_start"], subscription["current_period_end"]
    held = [{**_ITEM, "plan": one.price.id, "price": one.price.id, **({} if one.quantity is None else {"quantity": one.quantity})}
            for one in items.sold(call, subscription.id)]  # fmt: skip
    phase = {**_PHASE, "currency": subscription["currency"], "end_date": end, "items": held, "start_date": start}
    fields = {"billing_mode": subscription["billing_mode"], "phases": [phase], "status": "active", "subscription": subscription.id}
    schedule = call.create("subscription_schedule", {**_head(call, customer), **fields, "current_phase": _current(phase)})
    call.update(subscription, {"schedule": schedule.id})
    call.event("subscription_schedule.created", schedule)
    call.appoint(end, "phase", schedule, first=True)
    return schedule


def _current(phase: dict[str, Any]) -> dict[str, int]:
    return {"end_date": phase["end_date"], "start_date": phase["start_date"]}


# --- phases


def _phases(call: Call, start: int) -> list[dict[str, Any]]:
    given = call.params.get("phases")
    if not isinstance(given, list) or not given:
        raise missing_parameter("phases")
    phases: list[dict[str, Any]] = []
    for place, entry in enumerate(given):
        phase = _phase(call, entry if isinstance(entry, dict) else {}, f"phases[{place}]", phases[-1]["end_date"] if phases else start)
        phases.append(phase)
    return phases


def _phase(call: Call, entry: dict[str, Any], param: str, start: int) -> dict[str, Any]:
    held, first = [], None
    for place, item in enumerate(entry.get("items") or entry.get("plans") or []):
        price = items.price_named(call, item, f"{param}[items][{place}]")
        if price is None:
            raise missing_parameter(f"{param}[items][{place}][price]")
        first = first or price
        quantity = {} if items.is_metered(price) else {"quantity": item["quantity"] if isinstance(item.get("quantity"), int) else 1}
        shown = {name: item[name] for name in ("metadata", "tax_rates", "billing_thresholds", "discounts") if item.get(name) is not None}
        held.append({**_ITEM, "plan": price.id, "price": price.id, **quantity, **shown})
    if first is None:
        raise missing_parameter(f"{param}[items]")
    end = _end(entry, param, start, first)
    shown = {name: value for name, value in entry.items() if name in _PHASE and name != "items"}
    trial_end = end if entry.get("trial") is True else entry.get("trial_end")
    currency = entry.get("currency") or first["currency"]
    return {**_PHASE, **shown, "currency": currency, "end_date": end, "items": held, "start_date": start, "trial_end": trial_end}


def _end(entry: dict[str, Any], param: str, start: int, price: Record) -> int:
    """When a phase ends: a date, a duration, or so many periods of its price."""
    given, duration, count = entry.get("end_date"), entry.get("duration"), entry.get("iterations")
    if isinstance(given, int):
        if given <= start:
            raise ApiError("The phase's `end_date` must be after its start.", param=f"{param}[end_date]")
        return given
    if isinstance(duration, dict):
        return periods.add(start, str(duration.get("interval") or "month"), int(duration.get("interval_count") or 1))
    interval, interval_count, _ = recurring_of(price)
    return periods.add(start, interval, interval_count * (count if isinstance(count, int) else 1))


def _enter(call: Call, schedule: Record, place: int) -> Record:
    """Begin a phase: make the subscription, or change it."""
    phase = schedule["phases"][place]
    schedule = call.update(schedule, {"current_phase": _current(phase), "status": "active"})
    identifier = schedule.values.get("subscription")
    subscription = call.store.get("subscription", identifier) if isinstance(identifier, str) else None
    if subscription is None:
        subscription = _begin(call, schedule, phase)
        schedule = call.update(schedule, {"subscription": subscription.id})
    elif subscription["status"] not in endings.ENDED:
        changes.apply(call, subscription, _change(call, subscription, phase))
    call.appoint(phase["end_date"], "phase", schedule, first=True)
    call.event("subscription_schedule.updated", schedule)
    return schedule


def _handed(phase: dict[str, Any], defaults: dict[str, Any]) -> dict[str, Any]:
    found = {name: phase[name] for name in _HANDED if phase.get(name)}
    for name in ("collection_method", "default_payment_method"):
        if defaults.get(name) and name not in found:
            found[name] = defaults[name]
    due = (defaults.get("invoice_settings") or {}).get("days_until_due")
    due = (phase.get("invoice_settings") or {}).get("days_until_due") or due
    return {**found, "days_until_due": due} if due else found


def _begin(call: Call, schedule: Record, phase: dict[str, Any]) -> Record:
    mode = {"type": schedule["billing_mode"]["type"]}
    more = {"trial_end": phase["trial_end"]} if phase.get("trial_end") else {}
    held = [{name: value for name, value in item.items() if value and name != "plan"} for item in phase["items"]]
    params = {"customer": schedule["customer"], "items": held, "currency": phase["currency"], "billing_mode": mode, **more}
    made = subscriptions.create(call.within(**params, **_handed(phase, schedule["default_settings"])))
    assert isinstance(made, Record)
    return call.update(made, {"schedule": schedule.id})


def _change(call: Call, subscription: Record, phase: dict[str, Any]) -> dict[str, Any]:
    """What has to change of a subscription for a phase; at a period's end nothing is prorated."""
    held = items.items_of(call, subscription.id)
    free = {item.id: item["price"] for item in held}
    entries: list[dict[str, Any]] = []
    fresh: list[dict[str, Any]] = []
    for item in phase["items"]:
        entry = {name: value for name, value in item.items() if value and name != "plan"}
        same = next((identifier for identifier, price in free.items() if price == item["price"]), None)
        if same is None:
            fresh.append(entry)
            continue
        del free[same]
        entries.append({"id": same, **entry})
    left = list(free)
    entries += [{"id": left.pop(0), **entry} if left else entry for entry in fresh]
    entries += [{"id": identifier, "deleted": True} for identifier in left]
    behavior = "none" if subscription["current_period_end"] <= call.now else phase["proration_behavior"]
    found = {"items": entries, "proration_behavior": behavior, **_handed(phase, {})}
    if phase.get("trial_end"):
        found["trial_end"] = phase["trial_end"]
    if phase.get("billing_cycle_anchor") == "phase_start":
        found["billing_cycle_anchor"] = "now"
    return found


def turn(call: Call, schedule: Record) -> None:
    """A phase's time has come (or another's has ended)."""
    if schedule["status"] not in _OPEN:
        return
    current = schedule.values.get("current_phase")
    if current is not None and current["end_date"] > call.now:
        return
    place = next((place for place, phase in enumerate(schedule["phases"]) if phase["start_date"] <= call.now < phase["end_date"]), None)
    if place is not None:
        _enter(call, schedule, place)
    elif schedule["phases"][-1]["end_date"] <= call.now:
        _finish(call, schedule)


def run_to(call: Call, subscription: Record, until: int) -> Record:
    """Enter the phases that begin up to a time, each at its own (on a fork: the clock is not moved back)."""
    identifier = subscription.values.get("schedule")
    while isinstance(identifier, str) and (schedule := call.store.get("subscription_schedule", identifier)) is not None:
        current = schedule.values.get("current_phase")
        if schedule["status"] != "active" or current is None or current["end_date"] > until:
            break
        call.now = max(call.now, current["end_date"])
        turn(call, schedule)
    return call.store.get("subscription", subscription.id) or subscription


def _finish(call: Call, schedule: Record) -> None:
    if schedule["end_behavior"] == "cancel":
        subscription = _subscription_of(call, schedule)
        if subscription is not None and subscription["status"] not in endings.ENDED:
            renewals.final_invoice(call, endings.end(call, subscription, reason=None))
        done = call.update(schedule, {"status": "completed", "completed_at": call.now, "current_phase": None})
        call.event("subscription_schedule.completed", done)
        return
    _let_go(call, schedule)


def _subscription_of(call: Call, schedule: Record) -> Record | None:
    identifier = schedule.values.get("subscription")
    return call.store.get("subscription", identifier) if isinstance(identifier, str) else None


def _let_go(call: Call, schedule: Record) -> Record:
    subscription = _subscription_of(call, schedule)
    if subscription is not None:
        call.update(subscription, {"schedule": None})
    gone = {"released_at": call.now, "released_subscription": subscription.id if subscription is not None else None}
    schedule = call.update(schedule, {"status": "released", "subscription": None, "current_phase": None, **gone})
    call.event("subscription_schedule.released", schedule)
    return schedule


# --- by hand


def _open(call: Call, what: str) -> Record:
    schedule = call.sure(call.at())
    call.on_clock(call.store.get("customer", str(schedule["customer"])))
    if schedule["status"] not in _OPEN:
        raise refuse(f"You cannot {what} a subscription schedule that is currently in the `{schedule['status']}` status.")
    return schedule


def update(call: Call) -> Answer:
    """Change a schedule: its phases from the current one on, how it ends. A changed current phase changes the subscription now."""
    schedule = _open(call, "update")
    fields: dict[str, Any] = {name: call.params[name] for name in ("end_behavior", "metadata") if call.params.get(name) is not None}
    given = call.params.get("default_settings")
    if isinstance(given, dict):
        fields["default_settings"] = {**schedule["default_settings"], **given}
    if not isinstance(call.params.get("phases"), list):
        schedule = call.update(schedule, fields)
        call.event("subscription_schedule.updated", schedule)
        return schedule
    current = schedule.values.get("current_phase")
    first = call.params["phases"][0] if call.params["phases"] else {}
    start = first.get("start_date") if isinstance(first, dict) else None
    start = start if isinstance(start, int) else call.now if start == "now" else (current or schedule["phases"][0])["start_date"]
    before = next((phase for phase in schedule["phases"] if current is not None and phase["start_date"] == current["start_date"]), None)
    phases = _phases(call, start)
    fields["phases"] = phases
    now = next((phase for phase in phases if phase["start_date"] <= call.now < phase["end_date"]), None)
    if current is not None and now is None:
        raise refuse("You must include the current phase among the phases of an active schedule.", param="phases")
    schedule = call.update(schedule, {**fields, "current_phase": _current(now) if current is not None and now is not None else current})
    subscription = _subscription_of(call, schedule)
    if subscription is not None and now is not None and before is not None and now["items"] != before["items"]:
        behavior = call.params.get("proration_behavior") or now["proration_behavior"]
        changes.apply(call, subscription, {**_change(call, subscription, now), "proration_behavior": behavior})
    call.appoint((now or phases[0])["end_date" if now is not None and current is not None else "start_date"], "phase", schedule, first=True)
    call.event("subscription_schedule.updated", schedule)
    return schedule


def release(call: Call) -> Answer:
    """Let go of the subscription: it goes on as it is."""
    return _let_go(call, _open(call, "release"))


def cancel(call: Call) -> Answer:
    """Cancel a schedule, and its subscription with it."""
    schedule = _open(call, "cancel")
    subscription = _subscription_of(call, schedule)
    if subscription is not None and subscription["status"] not in endings.ENDED:
        if call.params.get("prorate") is not False and subscription["status"] != "trialing":
            for what in items.sold(call, subscription.id):
                prorations.credit(call, subscription, what, call.now)
        subscription = endings.end(call, subscription, reason="cancellation_requested")
        if call.params.get("invoice_now") is not False:
            renewals.final_invoice(call, subscription)
    schedule = call.update(schedule, {"status": "canceled", "canceled_at": call.now, "current_phase": None})
    call.event("subscription_schedule.canceled", schedule)
    return schedule


RULES = {
    "POST /v1/subscription_schedules": Rule(
        create,
        (
            "customer",
            "phases",
            "start_date",
            "end_behavior",
            "from_subscription",
            "default_settings[default_payment_method]",
            "billing_mode",
        ),
        {"metadata": METADATA},
    ),
    "POST /v1/subscription_schedules/{}": Rule(update, ("phases", "end_behavior", "proration_behavior"), {"metadata": METADATA}),
    "POST /v1/subscription_schedules/{}/release": Rule(release),
    "POST /v1/subscription_schedules/{}/cancel": Rule(cancel, ("invoice_now", "prorate")),
    "GET /v1/subscription_schedules/{}": Rule(),
    "GET /v1/subscription_schedules": Rule(None, ("customer", "created", *PAGES)),
}
