/**
 * Expressions about the module `uwsgi`, in the order in which they are evaluated in one request of
 * both servers; and those whose value may differ, with the reason.
 */

export interface ModuleCase {
  readonly title: string;
  readonly ini: string;
  readonly expressions: readonly string[];
  /** By expression: why ours is another value. */
  readonly differences?: Readonly<Record<string, string>>;
}

const facts: ModuleCase = {
  title: 'facts and functions of the process and the request',
  ini: 'locks = 2\nset-ph = colour=red\nenv = A=1\nenv = B=2\nvacuum = true',
  expressions: [
    'sorted(dir(uwsgi))',
    "{key: uwsgi.opt[key] for key in ('locks', 'env', 'vacuum', 'master', 'processes')}",
    "[uwsgi.magic_table[key] for key in (b'%', b'(', b'e', b'd', b'u', b'k', b'h')]",
    'uwsgi.numproc, uwsgi.cores, uwsgi.buffer_size, uwsgi.unbit, uwsgi.loop, uwsgi.is_a_reload',
    'uwsgi.hostname, type(uwsgi.version), type(uwsgi.started_on), uwsgi.applications',
    'uwsgi.SPOOL_OK, uwsgi.SPOOL_RETRY, uwsgi.SPOOL_IGNORE',
    'uwsgi.worker_id() in (1, 2), uwsgi.mule_id(), uwsgi.i_am_the_spooler(), uwsgi.masterpid() > 1',
    'uwsgi.request_id() < 9, uwsgi.total_requests() < 9, [type(each) for each in uwsgi.mem()]',
    'sorted(uwsgi.workers()[0])',
    "[(each['id'], each['respawn_count'], each['exceptions']) for each in uwsgi.workers()]",
    "sorted(each['status'] for each in uwsgi.workers())",
    "sorted(set(uwsgi.workers()[0]['apps'][0]) - {'interpreter', 'callable'})",
    "uwsgi.log('x'), uwsgi.logsize(), uwsgi.cl(), uwsgi.micros() > 1600000000000000",
    "uwsgi.log(b'x')",
    'uwsgi.listen_queue()',
    'uwsgi.listen_queue(5)',
    "uwsgi.set_logvar('a', 'b'), uwsgi.set_logvar(b'a', b'c'), uwsgi.get_logvar('a')",
    "uwsgi.get_logvar('none')",
    'uwsgi.set_user_harakiri(5), uwsgi.set_user_harakiri(0)',
    "uwsgi.set_warning_message('x'), uwsgi.setprocname('x')",
    "uwsgi.extract('expressions.txt')[:6]",
    "uwsgi.embedded_data('x')",
    'uwsgi.accepting(), uwsgi.ready(), uwsgi.ready_fd(), uwsgi.suspend(), uwsgi.green_schedule()',
    "uwsgi.add_var('a', 'b'), uwsgi.in_farm('x'), uwsgi.in_farm()",
    'uwsgi.signal_registered(5), uwsgi.signal_received()',
    "uwsgi.rpc_list(), uwsgi.register_rpc('f', lambda *a: b'r')",
    "uwsgi.rpc_list(), uwsgi.call('none')",
    'uwsgi.lock(), uwsgi.is_locked(), uwsgi.unlock(), uwsgi.is_locked(), uwsgi.unlock()',
    'uwsgi.lock(2), uwsgi.is_locked(2), uwsgi.is_locked(1), uwsgi.unlock(2)',
    'uwsgi.lock(3)',
    'uwsgi.is_locked(-1)',
    "uwsgi.i_am_the_lord('x')",
    "uwsgi.alarm('a', 'b')",
    'uwsgi.connection_fd() > 0',
    'uwsgi.has_threads',
    'uwsgi.async_sleep(0)',
    'uwsgi.cache_get("a"), uwsgi.cache_set("a", "b"), uwsgi.cache_num("a")',
    'uwsgi.cache_keys()',
  ],
  differences: {
    "uwsgi.i_am_the_lord('x')": 'there is no legion, and an answer would be believed',
    "uwsgi.alarm('a', 'b')": 'there are no alarms, and nobody would notice',
    'uwsgi.connection_fd() > 0': 'the client is connected to the gateway',
    'uwsgi.has_threads': 'threads are always there, as in uWSGI from 2.0.27 on',
  },
};

const caches: ModuleCase = {
  title: 'caches',
  ini:
    'cache2 = name=one,items=10\ncache2 = name=two,items=11,blocksize=100\n' +
    'cache2 = name=lru,items=5,blocksize=100,purge_lru=1\n' +
    'cache2 = name=bits,items=5,blocks=10,blocksize=100,bitmap=1\ncache2 = name=files,items=5\n' +
    'load-file-in-cache-gzip = files expressions.txt',
  expressions: [
    'uwsgi.cache_keys("files"), uwsgi.cache_get("expressions.txt", "files")[:4]',
    '__import__("zlib").decompress(uwsgi.cache_get("expressions.txt", "files"), 31)[:40]',
    'uwsgi.cache_keys(), uwsgi.cache_keys("one")',
    'uwsgi.cache_keys("none")',
    'uwsgi.cache_get("a"), uwsgi.cache_get(b"a"), uwsgi.cache_get("a", "none")',
    'uwsgi.cache_set("a", "b"), uwsgi.cache_set("a", "c"), uwsgi.cache_get("a")',
    'uwsgi.cache_update("a", "c"), uwsgi.cache_update(b"a", b"d", 100), uwsgi.cache_get(b"a")',
    'uwsgi.cache_exists("a"), uwsgi.cache_exists("z"), uwsgi.cache_del("a"), uwsgi.cache_del("a")',
    'uwsgi.cache_set("a", ""), uwsgi.cache_get("a"), uwsgi.cache_set("", "x")',
    'uwsgi.cache_set("a", 5)',
    'uwsgi.cache_set(5, "a")',
    'uwsgi.cache_set("a")',
    'uwsgi.cache_set("x", "y", "z")',
    'uwsgi.cache_set("k" * 3000, "x"), uwsgi.cache_set("big", "x" * 70000)',
    'uwsgi.cache_set("big", "x" * 65536), len(uwsgi.cache_get("big"))',
    'uwsgi.cache_set("x", "y", 0, "none"), uwsgi.cache_set("x", "y", 0, "two")',
    'uwsgi.cache_get("x", "two"), uwsgi.cache_get("x", "one"), uwsgi.cache_keys("two")',
    'uwsgi.cache_inc("n"), uwsgi.cache_inc("n", 10), uwsgi.cache_get("n"), uwsgi.cache_num("n")',
    'uwsgi.cache_mul("n", 3), uwsgi.cache_mul("n"), uwsgi.cache_num("n"), uwsgi.cache_num("none")',
    'uwsgi.cache_dec("n", 5), uwsgi.cache_div("n", 2), uwsgi.cache_num("n")',
    'uwsgi.cache_dec("n", 500), uwsgi.cache_div("n", 7), uwsgi.cache_num("n")',
    'uwsgi.cache_div("n", 0), uwsgi.cache_num("n")',
    'uwsgi.cache_inc("n", "x")',
    'uwsgi.cache_set("s", "abc"), uwsgi.cache_inc("s"), uwsgi.cache_num("s")',
    '[uwsgi.cache_set("i%d" % i, "v", 0, "lru") for i in range(12)]',
    'uwsgi.cache_get("i3", "lru"), uwsgi.cache_get("i11", "lru")',
    'uwsgi.cache_set("b", "x" * 250, 0, "bits"), uwsgi.cache_set("c", "x" * 1250, 0, "bits")',
    'uwsgi.cache_get("b", "bits") == b"x" * 250, uwsgi.cache_clear("bits")',
    'uwsgi.cache_clear("none"), uwsgi.cache_keys("bits")',
    'uwsgi.cache_set("e", "x", 1), time.sleep(1.1), uwsgi.cache_get("e")',
    '[uwsgi.cache_set("i%d" % i, "v", 0, "two") for i in range(12)]',
    'uwsgi.cache_clear(), uwsgi.cache_keys()',
  ],
  differences: {
    'uwsgi.cache_set("e", "x", 1), time.sleep(1.1), uwsgi.cache_get("e")':
      'uWSGI serves an expired item until its sweeper comes, up to 3 s later',
    '[uwsgi.cache_set("i%d" % i, "v", 0, "two") for i in range(12)]':
      'in uWSGI items = N holds N - 1 items',
  },
};

const queue: ModuleCase = {
  title: 'the queue',
  ini: 'queue = 5',
  expressions: [
    "[name for name in dir(uwsgi) if 'queue' in name]",
    'uwsgi.queue_size, uwsgi.queue_get(0), uwsgi.queue_get(99)',
    "uwsgi.queue_push('a'), uwsgi.queue_push(b'b'), uwsgi.queue_push('c')",
    'uwsgi.queue_last(), uwsgi.queue_last(3), uwsgi.queue_last(99)',
    'uwsgi.queue_slot(), uwsgi.queue_pull_slot(), uwsgi.queue_get(1)',
    'uwsgi.queue_pop(), uwsgi.queue_slot(), uwsgi.queue_pull_slot()',
    'uwsgi.queue_pull(), uwsgi.queue_pull(), uwsgi.queue_pull(), uwsgi.queue_pull_slot()',
    "uwsgi.queue_set(4, 'x'), uwsgi.queue_get(4), uwsgi.queue_set(99, 'x')",
    "uwsgi.queue_push('y' * 9000), uwsgi.queue_push('')",
    '[uwsgi.queue_push(str(i)) for i in range(7)], uwsgi.queue_last(5)',
    'uwsgi.queue_pull(), uwsgi.queue_pull(), uwsgi.queue_pull()',
    'uwsgi.queue_push(5)',
  ],
  differences: {
    'uwsgi.queue_pull(), uwsgi.queue_pull(), uwsgi.queue_pull()':
      'uWSGI gives the newest message of a full queue first; ours keep their order',
  },
};

const areas: ModuleCase = {
  title: 'shared areas',
  ini: 'sharedarea = 1\nsharedarea = size=100\nsharedarea = pages=2',
  expressions: [
    "[name for name in dir(uwsgi) if 'sharedarea' in name]",
    "uwsgi.sharedarea_write(0, 0, 'hello'), uwsgi.sharedarea_read(0, 0, 7)",
    '[len(uwsgi.sharedarea_read(each, 0)) for each in (0, 1, 2)], len(uwsgi.sharedarea_read(0, 4000))',
    'uwsgi.sharedarea_read(0, 0, 1000000)',
    'uwsgi.sharedarea_read(9, 0, 1)',
    "uwsgi.sharedarea_write(1, 4095, '12')",
    'uwsgi.sharedarea_write8(0, 10, 5), uwsgi.sharedarea_read8(0, 10)',
    'uwsgi.sharedarea_write8(0, 10, 300)',
    'uwsgi.sharedarea_write8(0, 10, -1)',
    'uwsgi.sharedarea_write16(0, 10, 500), uwsgi.sharedarea_read16(0, 10)',
    'uwsgi.sharedarea_write32(0, 10, 70000), uwsgi.sharedarea_dec32(0, 10, 3)',
    'uwsgi.sharedarea_read32(0, 10), uwsgi.sharedarea_inc32(0, 10), uwsgi.sharedarea_read(0, 10, 4)',
    'uwsgi.sharedarea_write64(0, 10, -7), uwsgi.sharedarea_inc64(0, 10, 3)',
    'uwsgi.sharedarea_read64(0, 10), uwsgi.sharedarea_dec64(0, 10), uwsgi.sharedarea_read64(0, 10)',
    'uwsgi.sharedarea_read64(0, 99999)',
    'type(uwsgi.sharedarea_memoryview(0)), len(uwsgi.sharedarea_memoryview(1))',
    'uwsgi.sharedarea_rlock(0), uwsgi.sharedarea_unlock(0)',
    'uwsgi.sharedarea_wlock(0), uwsgi.sharedarea_unlock(0)',
  ],
};

const metrics: ModuleCase = {
  title: 'metrics',
  ini: 'enable-metrics = true\nmetric = m\nmetric = name=n,type=gauge,initial_value=7',
  expressions: [
    "uwsgi.metric_get('m'), uwsgi.metric_inc('m'), uwsgi.metric_inc('m', 5), uwsgi.metric_get('m')",
    "uwsgi.metric_set('m', 100), uwsgi.metric_dec('m'), uwsgi.metric_mul('m', 2)",
    "uwsgi.metric_div('m', 3), uwsgi.metric_get('m'), uwsgi.metric_mul('m'), uwsgi.metric_div('m')",
    "uwsgi.metric_set_max('m', 5), uwsgi.metric_get('m'), uwsgi.metric_set_max('m', 500)",
    "uwsgi.metric_get('m'), uwsgi.metric_set_min('m', 5), uwsgi.metric_get('m')",
    "uwsgi.metric_div('m', 0), uwsgi.metric_get('n'), uwsgi.metric_inc('n'), uwsgi.metric_get('n')",
    "uwsgi.metric_get('none'), uwsgi.metric_inc('none'), uwsgi.metric_dec('m', 500)",
    "uwsgi.metric_get('m'), uwsgi.metric_set('worker.1.requests', 5)",
    "uwsgi.metric_get('worker.0.rss_size'), uwsgi.metric_get('worker.0.running_time')",
    "uwsgi.metric_get('worker.0.respawns'), uwsgi.metric_get('worker.1.core.0.read_errors')",
    "uwsgi.metric_get('core.overloaded'), uwsgi.metric_get('core.none'), uwsgi.metric_get('worker')",
    "uwsgi.metric_get('worker.99.requests'), uwsgi.metric_get('worker.1'), uwsgi.metric_get('')",
    "uwsgi.metric_inc('core.total_tx'), uwsgi.metric_set_max('rss_size', 5)",
    "uwsgi.metric_get(b'm')",
    "uwsgi.metric_set('m')",
  ],
};

export const moduleCases: readonly ModuleCase[] = [facts, caches, queue, areas, metrics];
