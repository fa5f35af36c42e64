"""The caches that all processes share."""

from __future__ import annotations

from ..here import Functions, Here, refuse_all

_NOT_YET = 'caches are not supported yet'


def functions(_here: Here) -> Functions:
    """By name."""
    return refuse_all(
        'cache_clear cache_dec cache_del cache_div cache_exists cache_get cache_inc cache_keys cache_mul cache_num cache_set cache_update',
        _NOT_YET,
    )
