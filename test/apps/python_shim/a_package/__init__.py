"""A package whose application is in one of its modules, as Django's."""
