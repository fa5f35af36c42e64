/**
 * Tasks on a server that several machines share. Its keys are explained in
 * workers/python/reeve_worker/redis_store/tasks.py, which queues and runs them.
 */
import { OperatorError } from '../../base/operator-error.ts';
import { exitCodes } from '../../tables/exit-codes.ts';
import { parseStoreAddress, shownAddress } from '../../tables/shared/store-address.ts';
import { RedisClient } from './redis-client.ts';
import type { Reply } from './resp.ts';
import type { Task, TaskStore } from './task-store.ts';

const USUAL_QUEUE = 'tasks';
const NO_PRIORITY = '~';

/** From wherever the task is, but where it runs, to those that wait. */
const RETRY = `
local p, name = ARGV[1], ARGV[2]
if redis.call('ZSCORE', p .. 'running', name) then return 0 end
local place = redis.call('HGET', p .. 'places', name)
if not place then return 0 end
for _, set in ipairs({'dead', 'later'}) do redis.call('ZREM', p .. set, name) end
for _, hash in ipairs({'tries', 'errors'}) do redis.call('HDEL', p .. hash, name) end
redis.call('ZADD', p .. 'waiting', 0, place .. ':' .. name)
redis.call('PUBLISH', p .. 'wake', '')
return 1`;

const DROP = `
local p, name = ARGV[1], ARGV[2]
local place = redis.call('HGET', p .. 'places', name)
if place then redis.call('ZREM', p .. 'waiting', place .. ':' .. name) end
for _, set in ipairs({'dead', 'later', 'running'}) do redis.call('ZREM', p .. set, name) end
for _, hash in ipairs({'tasks', 'places', 'tries', 'errors', 'owners'}) do
  redis.call('HDEL', p .. hash, name)
end
return 1`;

/** All that is known of all tasks, but what they hold. */
const LIST = `
local p, all = ARGV[1], {}
for _, hash in ipairs({'places', 'tries', 'errors'}) do
  table.insert(all, redis.call('HGETALL', p .. hash))
end
for _, set in ipairs({'later', 'dead'}) do
  table.insert(all, redis.call('ZRANGE', p .. set, 0, -1, 'WITHSCORES'))
end
return all`;

export class RedisTasks implements TaskStore {
  readonly name: string;
  readonly #client: RedisClient;
  readonly #prefix: string;
  readonly #begun: Promise<void>;

  constructor(text: string) {
    this.name = shownAddress(text);
    const parsed = parseStoreAddress(text);
    if (!parsed.ok) {
      const what = `${this.name}: ${parsed.problem}`;
      throw new OperatorError({ what, exitCode: exitCodes.usage });
    }
    this.#client = new RedisClient(parsed.address, this.name);
    this.#prefix = `reeve:{${parsed.address.queue ?? USUAL_QUEUE}}:`;
    this.#begun = this.#client.begin();
  }

  async list(): Promise<readonly Task[]> {
    const [places, tries, errors, later, dead] = listOf(await this.#run(LIST)).map(pairsOf);
    const secondsIn = (pairs: ReadonlyMap<string, string> | undefined, name: string): number =>
      Number(pairs?.get(name) ?? 0);
    const tasks = [...(places ?? [])].map(([name, place]) => ({
      name,
      order: place,
      place: this.name,
      folder: folderOf(place),
      isDead: dead?.has(name) === true,
      tries: Number(tries?.get(name) ?? 0),
      atMs: (secondsIn(dead, name) || secondsIn(later, name)) * 1000,
      error: errors?.get(name) ?? '',
    }));
    const inOrder = tasks.sort((one, other) => (one.order < other.order ? -1 : 1));
    return [...inOrder.filter(({ isDead }) => !isDead), ...inOrder.filter(({ isDead }) => isDead)];
  }

  async read({ name }: Task): Promise<Uint8Array> {
    await this.#begun;
    const data = await this.#client.ask('HGET', `${this.#prefix}tasks`, name);
    return data instanceof Uint8Array ? data : new Uint8Array();
  }

  async retry({ name }: Task): Promise<void> {
    await this.#run(RETRY, name);
  }

  async drop({ name }: Task): Promise<void> {
    await this.#run(DROP, name);
  }

  close(): void {
    this.#client.close();
  }

  async #run(script: string, ...words: readonly string[]): Promise<Reply> {
    await this.#begun;
    return await this.#client.ask('EVAL', script, 0, this.#prefix, ...words);
  }
}

/** A priority without the zeros before it; '' for none. */
function folderOf(place: string): string {
  const [priority = ''] = place.split(':');
  return priority === NO_PRIORITY ? '' : priority.replace(/^0+(?=\d)/, '');
}

function listOf(reply: Reply): readonly Reply[] {
  return Array.isArray(reply) ? reply : [];
}

/** Names and values in turn. */
function pairsOf(reply: Reply): ReadonlyMap<string, string> {
  const texts = listOf(reply).map((each) => {
    return each instanceof Uint8Array ? Buffer.from(each).toString('utf8') : '';
  });
  const pairs = new Map<string, string>();
  for (let at = 0; at + 1 < texts.length; at += 2) pairs.set(texts[at] ?? '', texts[at + 1] ?? '');
  return pairs;
}
