"""A worker that has had enough says so once, and serves on."""

from __future__ import annotations

import unittest
from typing import Any

from fake_peers import Daemon


def limits(min_lifetime: float = 0, above: dict[str, int] | None = None, **kinds: Any) -> Any:
    return {
        'addressSpaceBytes': 0,
        'replaceAbove': {'as': 0, 'rss': 0, 'uss': 0, 'pss': 0, **(above or {})},
        'minLifetimeSeconds': min_lifetime,
        'replaceOnException': {'any': False, 'type': [], 'value': [], 'repr': [], **kinds},
    }


class Wear(unittest.TestCase):
    def test_each_measure_is_one_that_the_kernel_has(self) -> None:
        words = {
            'as': 'its address space is',
            'rss': 'its resident memory is',
            'uss': 'it has for itself alone',
            'pss': 'its share of the memory is',
        }
        for name, what in words.items():
            above = limits(above={name: 1})
            with Daemon('says_hello', limits=above) as daemon:
                slot = daemon.serving()
                slot.get('/')
                sentence = daemon.hear('worker-outworn', slot=1)['sentence']
                self.assertRegex(sentence, rf'^{what} \d+ MiB \(reload-on-{name} = 1\)$')
                slot.get('/')
                self.assertEqual(len(daemon.heard('worker-outworn')), 1)

    def test_nothing_is_said_below_a_limit_or_before_the_least_age(self) -> None:
        for settled in (limits(above={'rss': 100_000}), limits(above={'rss': 1}, min_lifetime=60)):
            with Daemon('says_hello', limits=settled) as daemon:
                slot = daemon.serving()
                slot.get('/')
                slot.get('/')
                self.assertEqual(daemon.heard('worker-outworn'), [])

    def test_an_exception_is_known_by_class_message_or_repr(self) -> None:
        for kinds, option in (
            ({'any': True}, 'reload-on-exception'),
            ({'type': ['RuntimeError']}, 'reload-on-exception-type = RuntimeError'),
            ({'value': ['x', 'not today']}, 'reload-on-exception-value = not today'),
            ({'repr': ["RuntimeError('not today')"]}, 'reload-on-exception-repr = Runt'),
        ):
            with Daemon('ends_itself', limits=limits(**kinds)) as daemon:
                slot = daemon.serving()
                slot.get('/')
                slot.get('/?raise')
                self.assertIn(option, daemon.hear('worker-outworn')['sentence'])
                self.assertEqual(slot.get('/').body, b'alive')
                slot.get('/?raise')
                slot.get('/')
                self.assertEqual(len(daemon.heard('worker-outworn')), 1)

    def test_other_exceptions_are_no_reason(self) -> None:
        kinds = {'type': ['ValueError', 'not today'], 'value': ['today'], 'repr': ['not today']}
        with Daemon('ends_itself', limits=limits(**kinds)) as daemon:
            slot = daemon.serving()
            slot.get('/?raise')
            slot.get('/')
            self.assertEqual(daemon.heard('worker-outworn'), [])


if __name__ == '__main__':
    unittest.main()
