"""The hosts import only after ``surgtools.compat``, which test modules cannot sort first."""

import surgtools.register  # noqa: F401
