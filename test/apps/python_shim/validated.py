"""Another application of this folder (the first word of pyargv) inside wsgiref's validator."""

import importlib
import sys
from wsgiref.validate import validator

application = validator(importlib.import_module(sys.argv[1]).application)
