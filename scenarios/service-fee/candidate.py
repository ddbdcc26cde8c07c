"""The billing change under trial: a service fee of 4 % on every order in dollars."""


def rewrite(call):
    """Add the fee to the amount of a new payment."""
    if call.operation == "POST /v1/payment_intents" and call.params["currency"] == "usd":
        amount = int(call.params["amount"])
        return call.with_params(amount=amount + (amount * 4 + 50) // 100)
    return call
