import { setTimeout as delay } from 'node:timers/promises';
import type { GitHub } from '../../../demo/github/github.ts';
import type { ConversationFile } from '../../../demo/model/conversation-format.ts';
import type { RunningModel } from '../../../demo/model/start-model.ts';
import type { Store } from '../../../src/core/store-ports.ts';
import { type CrewParts, type PartsWish, startParts } from '../../support/crew-parts.ts';
import { openModel } from '../../support/crew-stage.ts';
import { type TestDatabase, testDatabase } from '../../support/database.ts';
import { type HeldModel, holdModel, type Knock } from '../../support/held-model.ts';
import { postWebhook } from '../../support/post-webhook.ts';
import { stageFolder } from '../../support/stage-folder.ts';
import { isQuiet, shortenEditIntervals, whatStands } from '../../support/stage-watch.ts';
import { type StagedRepository, stagedRepository } from '../../support/staged-repository.ts';
import { storeOn } from '../../support/store-on.ts';
import { tellInCrowds } from './tell-in-crowds.ts';
import { NO_LIMITS } from './unpaced.ts';

export const BOT = 'hypercode-crew[bot]';
/** At first; the longer it takes, the more seldom. */
const LOOK_EVERY_MS = 20;
const LOOK_EVERY_MAX_MS = 250;
const WAIT_MS = 120_000;
const AT_ONCE = 8;
const BEHIND_SECONDS = 25;

export interface EventStageWish extends Pick<PartsWish, 'repositories' | 'deaf' | 'environment'> {
  readonly conversations: readonly ConversationFile[];
  /** How far GitHub's clock is behind ours at first. */
  readonly behindSeconds?: number;
  /** Asked of each request before the model is. */
  readonly mayPass?: (knock: Knock) => Promise<unknown>;
  /** Each webhook comes so many times at once, under a GUID each. */
  readonly crowd?: number;
  /** How long to wait for anything, two minutes unless said: for stages on which very much happens at once. */
  readonly waitMs?: number;
}

/** A webhook as the local GitHub signed it. */
export interface SignedBody {
  readonly event: string;
  readonly action: string | null;
  readonly body: string;
}

export interface DecidedBody {
  readonly event: string;
  readonly deliveries: number;
  readonly decisions: readonly string[];
}

export interface EventStage {
  readonly parts: CrewParts;
  readonly github: GitHub;
  readonly database: TestDatabase;
  readonly store: Store;
  readonly model: RunningModel;
  /** The story of one repository, `owner/name`. */
  on(repository: string): StagedRepository;
  until<T>(look: () => Promise<T | null | undefined | false>): Promise<T>;
  /** Until nothing moves: all webhooks acted on, all effects performed, every task ended or waiting for a person. */
  quiet(): Promise<void>;
  /** Until all webhooks are acted on, and all effects performed that are planned; tasks may be at work. */
  settled(): Promise<void>;
  /** GitHub's clock goes on by a second, the smallest time that it tells. */
  secondPasses(): void;
  /** What the crew has begun was begun a minute earlier: what GitHub tells of now came after it. */
  aMinutePasses(): Promise<void>;
  /** All webhooks so far, oldest first. */
  bodies(): readonly SignedBody[];
  /** Each under a new GUID, in this order, and waits until the crew has acted on each; all at once where `together`. */
  deliver(bodies: readonly SignedBody[], how?: { readonly together?: boolean }): Promise<void>;
  /** What was decided on the deliveries of each body that were not found to be replays. */
  decided(): Promise<readonly DecidedBody[]>;
  close(): Promise<void>;
}

export async function eventStage(wish: EventStageWish): Promise<EventStage> {
  const { dir, ends, close } = await stageFolder('crew-events-');
  try {
    const database = await testDatabase();
    ends.push(() => database.drop());
    await shortenEditIntervals(database.pool);
    const model = await openModel(dir, wish.conversations);
    ends.push(() => model.close());
    const door = await doorOf(model, wish.mayPass);
    if (door !== model) ends.push(() => door.close());
    // Unless said, so that it is behind ours after all steps, too: what is begun for a delivery is begun after what it tells of.
    let aheadMs = -1_000 * (wish.behindSeconds ?? BEHIND_SECONDS);
    const parts = await startParts({
      dir,
      databaseUrl: database.url,
      modelUrl: door.url,
      workers: ['all'],
      sample: false,
      ...(wish.repositories === undefined ? {} : { repositories: wish.repositories }),
      deaf: wish.deaf === true || wish.crowd !== undefined,
      github: { clock: () => new Date(Date.now() + aheadMs), rateLimits: NO_LIMITS },
      environment: {
        CREW_SWEEP_SECONDS: '1',
        CREW_LOOK_AGAIN_SECONDS: '0.2',
        CREW_QUIET_SECONDS: '0.5',
        ...wish.environment,
      },
    });
    ends.push(() => parts.close());
    const crowds = wish.crowd === undefined ? null : tellInCrowds(parts, wish.crowd);
    ends.push(async () => crowds?.stop());
    const secondPasses = () => {
      aheadMs += 1_000;
    };
    // What is held back is told by nobody.
    const idle = () => wish.deaf === true || (crowds?.isQuiet() ?? parts.github.idle());
    return stageOf({
      dir,
      database,
      model,
      parts,
      idle,
      secondPasses,
      close,
      waitMs: wish.waitMs ?? WAIT_MS,
    });
  } catch (error) {
    await close();
    throw error;
  }
}

function doorOf(model: RunningModel, mayPass: EventStageWish['mayPass']): RunningModel | Promise<HeldModel> {
  return mayPass === undefined ? model : holdModel(model, mayPass);
}

type Ground = Pick<EventStage, 'database' | 'model' | 'parts' | 'secondPasses' | 'close'> & {
  readonly dir: string;
  readonly idle: () => boolean;
  readonly waitMs: number;
};

function stageOf({ dir, idle, waitMs, ...ground }: Ground): EventStage {
  const { parts, database, model } = ground;
  const { github } = parts;
  const { pool } = database;
  const store = storeOn(pool);
  const until = async <T>(look: () => Promise<T | null | undefined | false>): Promise<T> => {
    const deadline = Date.now() + waitMs;
    for (let everyMs = LOOK_EVERY_MS; ; everyMs = Math.min(everyMs * 1.05, LOOK_EVERY_MAX_MS)) {
      const found = await look();
      if (found !== null && found !== undefined && found !== false) return found;
      if (Date.now() > deadline) {
        throw new Error(
          `it did not come to that:\n${look}\n${await whatStands(pool, model)}\n${parts.output().slice(-5_000)}`,
        );
      }
      await delay(everyMs);
    }
  };
  const on = (repository: string) => stagedRepository({ repository, dir, github, store, bot: BOT, until });
  const post = async (signed: SignedBody): Promise<string> => {
    const { status, guid } = await postWebhook(parts.url, parts.webhookSecret, signed);
    if (status !== 202) throw new Error(`${signed.event} was answered ${status}`);
    return guid;
  };
  const acted = (guids: readonly string[]) =>
    until(async () => {
      const { rows } = await pool.query<{ left: number }>(
        `select count(*)::int as left from deliveries where state = 'received' and guid = any($1)`,
        [guids],
      );
      return rows[0]?.left === 0;
    });
  return {
    ...ground,
    github,
    store,
    on,
    until,
    quiet: async () => void (await until(async () => (await isQuiet({ idle }, pool)) || null)),
    settled: async () => {
      await until(async () => {
        const { rows } = await pool.query<{ left: number }>(
          `select (select count(*)::int from deliveries where state = 'received')
                + (select count(*)::int from effects where state in ('planned', 'sending')) as left`,
        );
        return idle() && rows[0]?.left === 0;
      });
    },
    aMinutePasses: async () => {
      await pool.query(`update tasks set created_at = created_at - interval '1 minute'`);
    },
    bodies: () => github.deliveries().map(({ event, action, payload }) => ({ event, action, body: payload })),
    async deliver(bodies, { together = false } = {}) {
      const size = together ? AT_ONCE : 1;
      const guids: string[] = [];
      for (let at = 0; at < bodies.length; at += size) {
        const some = await Promise.all(bodies.slice(at, at + size).map(post));
        guids.push(...some);
        if (!together) await acted(some);
      }
      await acted(guids);
    },
    async decided() {
      const { rows } = await pool.query<DecidedBody>(
        `select event, count(*)::int as deliveries,
                coalesce(array_agg(decisions::text order by received_at)
                  filter (where decisions::text not like '%"reason": "a replay:%'), '{}') as decisions
           from deliveries group by body_hash, event`,
      );
      return rows;
    },
  };
}
