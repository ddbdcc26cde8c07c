"""The store of captures: `open_capture` reads, `Writer` writes, `join` concatenates. `_layout` says how a capture lies on disk."""

from replayer.capture._layout import SEGMENT_BYTES
from replayer.capture._reader import Capture, is_capture, open_capture
from replayer.capture._writer import Writer, join

__all__ = ["SEGMENT_BYTES", "Capture", "Writer", "is_capture", "join", "open_capture"]
