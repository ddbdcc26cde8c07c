"""What a capture says about itself, and the baseline it stands on."""

from typing import Any, Literal

import msgspec

from replayer.model.bill import Bill

Provenance = Literal["observed", "reversed", "after", "named", "supplied"]
ORIGIN_STRIPE = "api.stripe.com"


class Parent(msgspec.Struct, frozen=True, omit_defaults=True):
    """The capture that this one was made from: its path, relative to this capture's folder, and the digest of its content."""

    path: str
    digest: str


class Source(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where exchanges came in together: `format` is `record`, `ruby_vcr`, `vcrpy`, `har`, `mitmproxy`, `stripe_events`, `merge`."""

    name: str
    format: str = "record"
    exchanges: int = 0


class Claims(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a target says of one operation's parameters, by wire name without indexes (`items[][quantity]`).

    `computed`: the target's answer follows it as Stripe's would. `inert`: it moves no money, status or existence; the value is the source
    of that claim. A parameter listed in neither is echoed only. A name covers what is nested in it.
    """

    computed: list[str] = []
    inert: dict[str, str] = {}


class Arm(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What an arm's capture says of its run.

    `candidate` is the file's name; `calls_seen` and `calls_changed` count its calls. `asked_version` is the API version that its calls
    asked for in place of the recorded ones, empty where they kept theirs.
    """

    role: str
    target: str
    version: str = ""
    clock: bool = False
    claims: dict[str, Claims] = {}
    candidate: str | None = None
    calls_seen: int = 0
    calls_changed: int = 0
    asked_version: str = ""


class Manifest(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What a capture says about itself.

    `origin` is who answered: `api.stripe.com`, `simulator`, `stripe-mock` or a host. `versions` counts exchanges by Stripe-Version.
    `origin_sets` holds, by key, the leaf paths (lists folded: `lines.data[].amount`) that were not computed: by `template`, `baseline`,
    `world` or `given`. `redaction` is `trusted` or the fingerprint of the project's key. `problems` are what an import could not read.
    """

    schema: int = 1
    origin: str = ORIGIN_STRIPE
    lanes: list[str] = []
    versions: dict[str, int] = {}
    parent: Parent | None = None
    parents: list[Parent] = []
    redaction: str = ""
    arm: Arm | None = None
    origin_sets: dict[str, dict[str, list[str]]] = {}
    problems: list[str] = []
    sources: list[Source] = []


class BaselineObject(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One object's state before the first exchange of its source that changes it.

    `provenance`: `observed` (no earlier call of the capture could have changed it), `reversed` (later state with `previous_attributes`
    undone), `after` (only a later state is known), `named` (an id only; `state` is null), `supplied` (a file). `state` is the object as
    answered in `version`; `account` is the connected account it was seen on; `seen` the id of the exchange that showed it.
    """

    id: str
    object: str | None = None
    provenance: Provenance
    state: dict[str, Any] | None = None
    version: str | None = None
    account: str | None = None
    seen: str | None = None


class CustomerMoney(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an arm knows at its end about one customer's money to come, in minor units by currency; null where the target cannot tell.

    `committed`: pending items, drafts, credit. `next_bill`: the totals of each subscription's next invoice. `bills` are the invoices made
    by `until` (epoch seconds, the horizon), and `moved` is what was paid from the recording's end until these were settled,
    `others` what of it invoices made before or after took, `recurring` what the subscriptions then bill a month.
    """

    source: str
    customer: str
    committed: dict[str, int] | None = None
    next_bill: dict[str, int] | None = None
    bills: list[Bill] | None = None
    moved: dict[str, int] | None = None
    others: dict[str, int] | None = None
    recurring: dict[str, int] | None = None
    until: int | None = None
