"""`python -m benchmarks` is `make bench`."""

from __future__ import annotations

import sys

from benchmarks.bench import main

sys.exit(main())
