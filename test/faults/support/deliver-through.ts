/** Delivers webhooks while the web process and its Postgres are ended again and again. */
import { setTimeout as delay } from 'node:timers/promises';
import type { CrewParts } from '../../support/crew-parts.ts';
import { postWebhook, type WebhookAnswer } from '../../support/post-webhook.ts';
import type { Random } from '../../support/random.ts';
import type { OwnPostgres } from './own-postgres.ts';

/** That many at once, as GitHub's own senders. */
const SENDERS = 6;
const BETWEEN_ATTEMPTS_MS = 100;
const REFUSED_WITHIN_MS = 25_000;
const LOOK_EVERY_MS = 100;
/** Postgres ends right after that many answers: nothing else has had it write its log since. */
const ACKNOWLEDGED_BEFORE_THE_END = 12;
const ACKNOWLEDGED_WITHIN_MS = 25_000;
/** Longer than GitHub waits: what hangs on a connection that was made before is then answered by the crew or by nobody. */
const FROZEN_MS = 10_000;

interface Sent extends WebhookAnswer {
  readonly startedAt: number;
  readonly endedAt: number;
}

interface Span {
  readonly from: number;
  readonly to: number;
}

export interface Wished {
  readonly guid: string;
  readonly event: string;
  readonly body: string;
  /** Key of the task that it asks for. */
  readonly requestKey: string | null;
}

interface Run {
  readonly crew: CrewParts;
  readonly postgres: OwnPostgres;
  readonly random: Random;
  readonly wished: readonly Wished[];
  readonly size: { readonly kills: number; readonly restarts: number; readonly freezes: number };
}

/** Sends all, while web and Postgres are ended again and again, each at its share of what is acknowledged. */
export async function deliverThrough(run: Run): Promise<Progress> {
  const { wished } = run;
  const progress: Progress = {
    acknowledged: 0,
    kills: 0,
    ended: false,
    sent: [],
    downs: [],
    turn: Promise.resolve(),
  };
  let next = 0;
  const send = async (): Promise<void> => {
    for (let one = wished[next++]; one !== undefined && !progress.ended; one = wished[next++]) {
      while (!(await sendOnce(run.crew, one, progress)) && !progress.ended) await delay(BETWEEN_ATTEMPTS_MS);
      progress.acknowledged += 1;
    }
  };
  const sending = Promise.all(Array.from({ length: SENDERS }, send)).finally(() => {
    progress.ended = true;
  });
  const all = [sending, killWeb(run, progress), endPostgres(run, progress)];
  try {
    await Promise.all(all);
  } finally {
    progress.ended = true;
    await Promise.allSettled(all);
  }
  return progress;
}

interface Progress {
  acknowledged: number;
  kills: number;
  ended: boolean;
  readonly sent: Sent[];
  readonly downs: Span[];
  /** Web does not come up while Postgres is down, and is not ended then: each has its turn. */
  turn: Promise<unknown>;
}

function inTurn<T>(progress: Progress, what: () => Promise<T>): Promise<T> {
  const turn = progress.turn.then(what);
  progress.turn = turn.catch(() => {});
  return turn;
}

/** True when it was acknowledged. */
async function sendOnce(
  crew: CrewParts,
  { guid, event, body }: Wished,
  { sent }: Progress,
): Promise<boolean> {
  const startedAt = performance.now();
  const answer = await postWebhook(crew.url, crew.webhookSecret, { guid, event, body });
  sent.push({ ...answer, startedAt, endedAt: performance.now() });
  return answer.status === 202;
}

async function reached(share: number, progress: Progress, { wished }: Run): Promise<void> {
  while (progress.acknowledged < share * wished.length && !progress.ended) await delay(5);
}

async function killWeb(run: Run, progress: Progress): Promise<void> {
  const { crew, random, size } = run;
  const [web] = crew.webs;
  for (let at = 0; at < size.kills; at += 1) {
    // The last comes after the last end of Postgres: what web had claimed by then is free again at once.
    await reached((at + 0.5 + random.next() / 2) / size.kills, progress, run);
    await delay(random.between(0, 15));
    await inTurn(progress, async () => {
      await web?.end('SIGKILL');
      progress.kills += 1;
      await web?.start();
    });
  }
}

/** The first writes its log as it ends; of the others only what is on the disk is left. */
const WAYS = ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const;

async function endPostgres(run: Run, progress: Progress): Promise<void> {
  const { postgres, random, size } = run;
  const all = size.restarts + size.freezes;
  for (let at = 0; at < all; at += 1) {
    await reached((at + 0.5) / (all + 1), progress, run);
    await inTurn(progress, async () => {
      let thaw: (() => void) | null = null;
      await acknowledgedMore(progress);
      if (at < size.restarts) await postgres.end(at === 0 ? 'SIGQUIT' : random.pick(WAYS));
      else thaw = await postgres.freeze();
      const from = performance.now();
      await refusedSince(from, progress);
      if (thaw !== null) await delay(Math.max(0, from + FROZEN_MS - performance.now()));
      progress.downs.push({ from, to: performance.now() });
      if (thaw === null) await postgres.start();
      else thaw();
    });
  }
}

async function acknowledgedMore(progress: Progress): Promise<void> {
  const enough = progress.acknowledged + ACKNOWLEDGED_BEFORE_THE_END;
  const until = performance.now() + ACKNOWLEDGED_WITHIN_MS;
  while (progress.acknowledged < enough && !progress.ended) {
    if (performance.now() > until) throw new Error('web acknowledged nothing while all was well');
    await delay(1);
  }
}

async function refusedSince(from: number, { sent, ended }: Progress): Promise<void> {
  const until = from + REFUSED_WITHIN_MS;
  while (sent.filter(({ startedAt, status }) => startedAt > from && status !== null).length < SENDERS) {
    if (ended) return;
    if (performance.now() > until) throw new Error('web did not answer while Postgres was down');
    await delay(LOOK_EVERY_MS);
  }
}
