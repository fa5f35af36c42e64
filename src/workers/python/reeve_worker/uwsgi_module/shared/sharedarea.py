"""Shared areas: bytes that all processes read and write."""

from __future__ import annotations

from ..here import Functions, Here, refuse_all

_NOT_YET = 'shared areas are not supported yet'


def functions(here: Here) -> Functions:
    """By name, where the option is given, as in uWSGI."""
    if 'sharedarea' not in here.options:
        return {}
    return refuse_all(
        'sharedarea_dec16 sharedarea_dec32 sharedarea_dec64 sharedarea_dec8 sharedarea_inc16'
        ' sharedarea_inc32 sharedarea_inc64 sharedarea_inc8 sharedarea_memoryview sharedarea_object'
        ' sharedarea_read sharedarea_read16 sharedarea_read32 sharedarea_read64 sharedarea_read8'
        ' sharedarea_readfast sharedarea_rlock sharedarea_unlock sharedarea_wlock sharedarea_write'
        ' sharedarea_write16 sharedarea_write32 sharedarea_write64 sharedarea_write8',
        _NOT_YET,
    )
