/** SIGKILLs whoever sends something to GitHub, at the moments at which it hurts, and starts it again. */
import { setTimeout as delay } from 'node:timers/promises';
import type { WatchedRequest } from '../../../demo/github/world.ts';
import type { CrewPart, CrewParts } from '../../support/crew-parts.ts';
import type { Random } from '../../support/random.ts';

/** Before GitHub hears of it; when it is done and not answered; at most so long after the answer. */
export const MOMENTS = ['before', 'done', 'answered'] as const;
export type Moment = (typeof MOMENTS)[number];

export interface Kills {
  readonly at: Readonly<Record<Moment | 'working', number>>;
  total(): number;
  /** Kills no more, and waits until all that were killed are up. */
  stop(): Promise<void>;
}

export interface Killing {
  readonly random: Random;
  readonly kills: number;
  /** Of a sending. */
  readonly chance: number;
  /** Of all kills, those of workers, at any moment. */
  readonly workers: number;
  /** Whether workers have work to be killed at. */
  readonly isWorking: () => Promise<boolean>;
}

const AFTER_ANSWER_MS = 12;
const WORKER_EVERY_MS = 700;
const TOKENS = /^\/app\/installations\/\d+\/access_tokens$/;

export function isSending({ method, path }: Pick<WatchedRequest, 'method' | 'path'>): boolean {
  if (path === '/graphql' || method === 'GET' || method === 'HEAD' || TOKENS.test(path)) return false;
  return path.startsWith('/repos/') || path === '/graphql/mutation';
}

export function killAtSends(parts: CrewParts, { random, kills, chance, workers, isWorking }: Killing): Kills {
  const at = { before: 0, done: 0, answered: 0, working: 0 };
  const chosen = new WeakMap<WatchedRequest, Moment>();
  const comingUp = new Map<CrewPart, Promise<void>>();
  const ending = new AbortController();
  const sends = Math.round(kills * (1 - workers));
  const total = (): number => at.before + at.done + at.answered + at.working;
  const kill = (part: CrewPart, moment: Moment | 'working'): void => {
    if (comingUp.has(part)) return;
    at[moment] += 1;
    const up = part
      .end()
      .then(() => part.start())
      .then(() => void comingUp.delete(part));
    // One that does not come up again fails who waits for it.
    up.catch(() => {});
    comingUp.set(part, up);
  };
  const unwatch = parts.github.watch((request, status) => {
    if (!isSending(request)) return null;
    const part = parts.webs.find(({ githubHost }) => githubHost === request.host);
    if (part === undefined) return null;
    if (status === null && at.before + at.done + at.answered < sends && random.chance(chance)) {
      chosen.set(request, random.pick(MOMENTS));
    }
    const moment = chosen.get(request);
    if (moment === 'before' && status === null) {
      kill(part, 'before');
      return 'reset';
    }
    if (moment === undefined || status === null) return null;
    if (moment === 'done') kill(part, 'done');
    if (moment === 'answered') setTimeout(() => kill(part, 'answered'), random.between(0, AFTER_ANSWER_MS));
    return moment === 'done' ? 'reset' : null;
  });
  const working = (async () => {
    while (!ending.signal.aborted && at.working < kills - sends) {
      await delay(random.between(0, WORKER_EVERY_MS));
      if (parts.workers.length > 0 && (await isWorking())) kill(random.pick(parts.workers), 'working');
    }
  })();
  return {
    at,
    total,
    async stop() {
      unwatch();
      ending.abort();
      await working;
      while (comingUp.size > 0) await Promise.all(comingUp.values());
    },
  };
}
