"""The hosts import only after ``surgtools.hosts.compat``, which test modules cannot sort first."""

import surgtools.register  # noqa: F401
