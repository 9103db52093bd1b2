"""``python -m surgtools`` is the ``surgtools`` command."""

import sys

from surgtools.cli import main

sys.exit(main())
