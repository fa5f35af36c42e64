"""An application whose module imports one that does not load."""

import broken.raises  # noqa: F401
