/** The crew as processes over small repositories, with what a trial looks at from behind: the store, and waiting with a story when it is in vain. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ConversationFile } from '../../../demo/model/conversation-format.ts';
import { type RunningModel, startModel } from '../../../demo/model/start-model.ts';
import type { Effect } from '../../../src/core/effect-records.ts';
import type { Store } from '../../../src/core/store-ports.ts';
import { type CrewParts, type PartsWish, startParts } from '../../support/crew-parts.ts';
import { type TestDatabase, testDatabase } from '../../support/database.ts';
import { whatStands } from '../../support/stage-watch.ts';
import { storeOn } from '../../support/store-on.ts';
import { ownRedis } from './own-redis.ts';

export interface CrewAtWork {
  readonly parts: CrewParts;
  readonly store: Store;
  readonly database: TestDatabase;
  readonly model: RunningModel;
  /** Waits for something, and answers it as soon as it is neither null, undefined nor false. */
  until<T>(look: () => Promise<T | null | undefined | false>): Promise<T>;
  /** All in the ledger. */
  effects(): Promise<readonly Effect[]>;
  /** How many its Redis holds; null without one. */
  keysInRedis(): Promise<number | null>;
  close(): Promise<void>;
}

export interface AtWorkWish extends Omit<PartsWish, 'dir' | 'databaseUrl' | 'modelUrl'> {
  readonly conversations: readonly ConversationFile[];
  /** How long to wait for anything. */
  readonly waitMs: number;
  /** With queues and live events on a Redis of their own. */
  readonly redis?: boolean;
  /** In front of the model: answers the URL that the crew is given. */
  readonly before?: (model: RunningModel) => Promise<{ readonly url: string; close(): Promise<void> }>;
}

const LOOK_EVERY_MS = 100;

export async function crewAtWork(wish: AtWorkWish): Promise<CrewAtWork> {
  const { conversations, waitMs, before, redis: onRedis = false, environment, ...rest } = wish;
  const dir = await mkdtemp(join(tmpdir(), 'crew-at-work-'));
  const ends: (() => Promise<unknown>)[] = [() => rm(dir, { recursive: true, force: true, maxRetries: 5 })];
  const close = async (): Promise<void> => {
    for (const end of ends.splice(0).reverse()) await end();
  };
  try {
    const database = await testDatabase();
    ends.push(() => database.drop());
    const store = storeOn(database.pool);
    const conversationsDir = join(dir, 'conversations');
    await mkdir(conversationsDir);
    for (const [at, conversation] of conversations.entries()) {
      // JSON is YAML.
      await writeFile(join(conversationsDir, `${at + 1}.yaml`), JSON.stringify(conversation));
    }
    const model = await startModel({ conversationsDir });
    ends.push(() => model.close());
    const front = (await before?.(model)) ?? null;
    if (front !== null) ends.push(() => front.close());
    const modelUrl = front?.url ?? model.url;
    const redis = onRedis ? await ownRedis() : null;
    if (redis !== null) ends.push(() => redis.close());
    const parts = await startParts({
      sample: false,
      ...rest,
      environment: { ...environment, ...(redis === null ? {} : { REDIS_URL: redis.url }) },
      dir,
      databaseUrl: database.url,
      modelUrl,
    });
    ends.push(() => parts.close());
    const until = async <T>(look: () => Promise<T | null | undefined | false>): Promise<T> => {
      const deadline = Date.now() + waitMs;
      for (;;) {
        const found = await look();
        if (found !== null && found !== undefined && found !== false) return found;
        if (Date.now() > deadline) {
          const story = await whatStands(database.pool, model);
          throw new Error(`it did not come to that:\n${look}\n${story}\n${parts.output().slice(-4_000)}`);
        }
        await delay(LOOK_EVERY_MS);
      }
    };
    const effects = async (): Promise<readonly Effect[]> => {
      const { rows } = await database.pool.query<{ id: string }>('select id from effects order by position');
      const all = await Promise.all(rows.map(({ id }) => store.effects.get(id)));
      return all.filter((effect) => effect !== null);
    };
    const keysInRedis = async () => (redis === null ? null : await redis.keys());
    return { parts, store, database, model, until, effects, keysInRedis, close };
  } catch (error) {
    await close();
    throw error;
  }
}
