"""Amounts in minor units, and how many decimals a currency has (Stripe docs, "Supported currencies")."""

ZERO_DECIMAL = frozenset(["bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "ugx", "vnd", "vuv", "xaf", "xof", "xpf"])
THREE_DECIMAL = frozenset(["bhd", "jod", "kwd", "omr", "tnd"])


def decimals(currency: str) -> int:
    """How many decimals an amount of this currency has."""
    name = currency.lower()
    return 0 if name in ZERO_DECIMAL else 3 if name in THREE_DECIMAL else 2


def format_amount(amount: int, currency: str, *, signed: bool = False, name: bool = True) -> str:
    """An amount in minor units for people: 16800 usd is `USD 168.00`."""
    places = decimals(currency)
    sign = "−" if amount < 0 else "+" if signed else ""
    whole, rest = divmod(abs(amount), 10**places)
    number = f"{whole:,}" + (f".{rest:0{places}}" if places else "")
    return f"{sign}{currency.upper()} {number}" if name else sign + number
