"""What cannot be: functions of uWSGI that raise, each with why and what to use instead."""

from __future__ import annotations

from .here import Functions, Here, refuse_all

_GREEN = (
    'it belongs to the asynchronous mode of uWSGI; here, requests run in threads, which may simply'
    ' wait: use socket, select or a client library'
)
_WEBSOCKETS = (
    'websockets are not supported yet; serve them beside Reeve, as with an ASGI server under a path'
    ' of its own'
)
_LEGION = (
    'the legion is not supported: let systemd, keepalived or a lock in Redis or the database decide'
    ' which machine leads'
)
_SNMP = 'SNMP is not supported: use metrics and the option stats'


def functions(here: Here) -> Functions:
    """By name; those of SNMP only where an option asks for it, as in uWSGI."""
    found = {
        **refuse_all('async_connect wait_fd_read wait_fd_write', _GREEN),
        **refuse_all(
            'websocket_handshake websocket_recv websocket_recv_nb websocket_send'
            ' websocket_send_binary',
            _WEBSOCKETS,
        ),
        **refuse_all('i_am_the_lord lord_scroll scrolls', _LEGION),
        **refuse_all(
            'alarm', 'alarms are not supported: write a line to the log, and let that raise it'
        ),
        **refuse_all(
            'route', 'internal routing is not supported: route in the application, or in nginx'
        ),
        **refuse_all(
            'offload',
            'offload threads are not there: the gateway sends files and slow responses by itself;'
            ' return uwsgi.sendfile(…) or a file in wsgi.file_wrapper',
        ),
    }
    if 'snmp' in here.options:
        names = ' '.join(
            f'snmp_{verb}_{kind}'
            for verb in ('set', 'get', 'incr', 'decr')
            for kind in ('counter32', 'counter64', 'gauge')
            if not (verb == 'get')
        )
        found.update(refuse_all(f'{names} snmp_set_community', _SNMP))
    return found
