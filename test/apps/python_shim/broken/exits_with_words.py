"""Ends the process with words, as a check of settings does."""

import sys

sys.exit('no database')
