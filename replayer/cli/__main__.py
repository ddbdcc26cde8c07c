"""`python -m replayer.cli` is the command `replayer`."""

import sys

from replayer.cli import main

if __name__ == "__main__":
    sys.exit(main())
