def rewrite(call):
    """Settle what is left of the month when an old member is moved to today's price."""
    if call.operation == "POST /v1/subscriptions/{subscription}" and call.params.get("proration_behavior") == "none":
        return call.with_params(proration_behavior="create_prorations")
    return call
