"""An application that does not load."""

import there_is_no_such_module
