"""Which integers are times (epoch seconds): the SDKs type them as plain integers, their names tell."""

import re

# Checked against what the SDK says of each integer: see the report of `make catalogue`.
TIME = re.compile(
    r"created|updated|date|timestamp|start|end|expires|eta|deadline|(subscription_)?billing_cycle_anchor|next_payment_attempt|as_of|scheduled_release|"
    r"next_pending_invoice_item_invoice|created_after|due_by|redeem_by|deletes_after|expires_after|release_after|"
    r"\w+_(at|on|end|start|date|time|deadline|timestamp|until|before|from)"
)
RANGE = frozenset({"gt", "gte", "lt", "lte"})
RANGE_OF = re.compile(r".*(Created|Updated|Date|At|On|Start|End|Time|Timestamp)")


def is_time(name: str, scope: str = "") -> bool:
    """Whether an integer of this name is a time; a range's bounds are times if the class that holds them is named after one."""
    if name in RANGE:
        return RANGE_OF.fullmatch(scope) is not None
    return TIME.fullmatch(name) is not None
