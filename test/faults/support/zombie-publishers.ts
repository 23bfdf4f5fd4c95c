/** Stops processes that publish, with SIGSTOP, at the moments at which a write is near, and tells what they send after SIGCONT. */
import type { Pool } from 'pg';
import type { WatchedRequest } from '../../../demo/github/world.ts';
import type { CrewPart, CrewParts } from '../../support/crew-parts.ts';
import type { Random } from '../../support/random.ts';
import { isSending } from './kill-at-sends.ts';

/** Seen by GitHub right before: a token was asked for, something was looked up, something was written; or nothing. */
export const STOPS = ['token', 'look', 'write', 'any'] as const;
type Stop = (typeof STOPS)[number];

/** From the answer on: what follows it in the process takes about as long. */
const AFTER_MS = 6;

/** Resolves when it is stopped: at the moment, or after so long where it does nothing of the kind. */
export function stopAt(
  parts: CrewParts,
  part: CrewPart,
  { stop, withinMs, random }: { readonly stop: Stop; readonly withinMs: number; readonly random: Random },
): Promise<void> {
  const stopped = Promise.withResolvers<void>();
  const end = (): void => {
    part.signal('SIGSTOP');
    stopped.resolve();
  };
  const unwatch = parts.github.watch((request, status) => {
    if (request.host !== part.githubHost || status === null || kindOf(request) !== stop) return;
    unwatch();
    setTimeout(end, random.between(0, AFTER_MS));
  });
  const timer = setTimeout(
    () => {
      unwatch();
      end();
    },
    stop === 'any' ? random.between(0, withinMs) : withinMs,
  );
  return stopped.promise.finally(() => clearTimeout(timer));
}

function kindOf(request: WatchedRequest): Stop {
  if (request.path.endsWith('/access_tokens')) return 'token';
  return isSending(request) ? 'write' : 'look';
}

const TRIES_MAX = 2_000;

/** Stops it while it has a transaction open, for as long as it may be stopped and gone on to get there; answers how many are open then. */
export async function stopInTransaction(pool: Pool, part: CrewPart): Promise<number> {
  const open = async (): Promise<number> => {
    const { rowCount } = await pool.query(
      `select from pg_stat_activity where datname = current_database() and application_name = $1
         and state = 'idle in transaction' and backend_xid is not null`,
      [part.name],
    );
    return rowCount ?? 0;
  };
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    if ((await open()) === 0) continue;
    part.signal('SIGSTOP');
    const held = await open();
    if (held > 0) return held;
    part.signal('SIGCONT');
  }
  part.signal('SIGSTOP');
  return 0;
}

export interface Watched {
  /** What was sent since, by method and path. */
  sent(): readonly string[];
  stop(): void;
}

/** What these processes change on GitHub from now on. */
export function writesOf(parts: CrewParts, of: readonly CrewPart[]): Watched {
  const sent: string[] = [];
  const stop = parts.github.watch((request, status) => {
    if (status !== null || !isSending(request)) return;
    const part = of.find(({ githubHost }) => githubHost === request.host);
    if (part !== undefined) sent.push(`${part.name}: ${request.method} ${request.path}`);
  });
  return { sent: () => sent, stop };
}
