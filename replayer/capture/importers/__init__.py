"""Importers of other tools' recordings: one file a format, all of them in `default_importers`."""

from replayer.capture.importers._seam import Importer, Problem
from replayer.capture.importers.har import Har
from replayer.capture.importers.importing import Summary, import_paths
from replayer.capture.importers.mitmproxy_flows import MitmproxyFlows
from replayer.capture.importers.ruby_vcr import RubyVcr
from replayer.capture.importers.stripe_events import StripeEvents
from replayer.capture.importers.vcrpy import VcrPy
from replayer.capture.wire import Identify

__all__ = ["Importer", "Problem", "Summary", "default_importers", "import_paths"]


def default_importers(identify: Identify | None = None) -> list[Importer]:
    """Every importer, in the order in which they are asked whether they know a file. `identify` gives API keys their fingerprints."""
    return [RubyVcr(identify), VcrPy(identify), Har(identify), MitmproxyFlows(identify), StripeEvents()]
