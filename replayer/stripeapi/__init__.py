"""Facts about Stripe's API, pure: forms, ids, places, the catalogue."""

from replayer.stripeapi.catalogue import Catalogue, Field, Operation, Param, catalogue

__all__ = ["Catalogue", "Field", "Operation", "Param", "catalogue"]
