/**
 * What was answered 2xx is in the table, and is carried out, whatever ends the process that answered or the database below
 * it. GitHub sends each delivery once; here whoever was not answered 2xx asks again under the same GUID, as GitHub does when asked.
 */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, inject } from 'vitest';
import type { CrewParts } from '../support/crew-parts.ts';
import { startParts } from '../support/crew-parts.ts';
import type { WebhookAnswer } from '../support/post-webhook.ts';
import { postWebhook } from '../support/post-webhook.ts';
import type { Random } from '../support/random.ts';
import { type OwnPostgres, ownPostgres } from './support/own-postgres.ts';
import { percentile } from './support/percentile.ts';
import { trial } from './trial.ts';

const REPOSITORY = 'orchard/cider';
const WRITER = 'ines';
/** That many at once, as GitHub's own senders. */
const SENDERS = 6;
/** Of the deliveries ask for work; the others are of events that the crew only takes note of. */
const ASKING_SHARE = 0.04;
const BETWEEN_ATTEMPTS_MS = 100;
const REFUSED_WITHIN_MS = 25_000;
const QUIET_WITHIN_MS = 180_000;
const LOOK_EVERY_MS = 100;

interface Sent extends WebhookAnswer {
  readonly startedAt: number;
  readonly endedAt: number;
}

interface Span {
  readonly from: number;
  readonly to: number;
}

trial(
  'no acknowledged webhook is lost',
  {
    full: { deliveries: 1_000, kills: 50, restarts: 5, freezes: 1 },
    short: { deliveries: 60, kills: 2, restarts: 1, freezes: 0 },
  },
  async ({ size, random, count }) => {
    const dir = await mkdtemp(join(tmpdir(), 'crew-lost-webhooks-'));
    const postgres = await ownPostgres();
    let crew: CrewParts | null = null;
    try {
      // As its owner may have set it, for speed: a crash loses what was committed last.
      await postgres.query('alter system set synchronous_commit = off');
      await postgres.query(`alter system set wal_writer_delay = '10s'`);
      await postgres.query('select pg_reload_conf()');
      crew = await startParts({
        dir,
        databaseUrl: postgres.url,
        modelUrl: 'http://127.0.0.1:9',
        workers: [],
        sample: false,
        deaf: true,
        repositories: [
          { name: REPOSITORY, files: { 'README.md': '# Cider\n' }, collaborators: { [WRITER]: 'write' } },
        ],
        environment: { CREW_SWEEP_SECONDS: '1', CREW_LOOK_AGAIN_SECONDS: '0.2' },
      });
      const wished = await webhooks(crew, size.deliveries);
      const outcome = await deliverThrough({ crew, postgres, random, wished, size });
      await quiet(postgres);

      const lost = await lostOf(postgres, wished);
      const { sent, downs } = outcome;
      const acks = sent.filter(({ status }) => status === 202).map(({ ms }) => ms);
      const answers = sent.filter(({ status }) => status !== null);
      const whileDown = answers.filter((one) =>
        downs.some(({ from, to }) => one.startedAt > from && one.endedAt < to),
      );
      count({
        deliveries: size.deliveries,
        'kills of web': outcome.kills,
        'restarts of Postgres': downs.length - size.freezes,
        'attempts without an answer': sent.length - answers.length,
        'answered 503': answers.filter(({ status }) => status === 503).length,
        'answered while Postgres was down': whileDown.length,
        lost: lost.length,
        'ack p99 ms': Math.round(percentile(acks, 99)),
        'slowest answer ms': Math.round(Math.max(...answers.map(({ ms }) => ms))),
      });
      expect(lost).toEqual([]);
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202, 503]));
      expect(whileDown.length).toBeGreaterThan(0);
      expect(new Set(whileDown.map(({ status }) => status))).toEqual(new Set([503]));
      expect(acks.length).toBeGreaterThanOrEqual(size.deliveries);
      // A short run may share its machine with any other test.
      if (inject('trialSize') === 'full') expect(percentile(acks, 99)).toBeLessThan(1_000);
      expect(Math.max(...answers.map(({ ms }) => ms))).toBeLessThan(9_000);
      expect(crew.github.violations()).toEqual([]);
    } finally {
      await crew?.close();
      await postgres.remove();
      await rm(dir, { recursive: true, force: true });
    }
  },
);

interface Wished {
  readonly guid: string;
  readonly event: string;
  readonly body: string;
  /** Key of the task that it asks for. */
  readonly requestKey: string | null;
}

/** One in ten is a label by a writer on an issue of its own, whose task can be found; each of the others is about another person. */
async function webhooks({ github }: CrewParts, deliveries: number): Promise<readonly Wished[]> {
  const asking = Math.round(deliveries * ASKING_SHARE);
  for (let at = 1; at <= asking; at += 1) {
    await github.as(WRITER).openIssue(REPOSITORY, { title: `Press ${at}`, labels: ['crew'] });
  }
  const told = github.deliveries().filter(({ event, action }) => event === 'issues' && action === 'labeled');
  const labelled = told.map(({ guid, payload }): Wished => {
    const { repository, issue } = JSON.parse(payload);
    const requestKey = `label:${repository.id}:${issue.number}:crew@${issue.updated_at}`;
    return { guid, event: 'issues', body: payload, requestKey };
  });
  const others = Array.from({ length: deliveries - labelled.length }, (_, at): Wished => {
    const sender = { login: `passer-by-${at}`, type: 'User' };
    const body = JSON.stringify({ action: 'started', sender, installation: { id: 1 } });
    return { guid: randomUUID(), event: 'watch', body, requestKey: null };
  });
  const every = Math.floor(deliveries / Math.max(1, labelled.length));
  return labelled.flatMap((one, at) => [one, ...others.slice(at * (every - 1), (at + 1) * (every - 1))]);
}

interface Run {
  readonly crew: CrewParts;
  readonly postgres: OwnPostgres;
  readonly random: Random;
  readonly wished: readonly Wished[];
  readonly size: { readonly kills: number; readonly restarts: number; readonly freezes: number };
}

/** Sends all, while web and Postgres are ended again and again, each at its share of what is acknowledged. */
async function deliverThrough(run: Run) {
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
    await reached((at + random.next()) / (size.kills + 1), progress, run);
    await delay(random.between(0, 15));
    await inTurn(progress, async () => {
      await web?.end('SIGKILL');
      progress.kills += 1;
      await web?.start();
    });
  }
}

const WAYS = ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const;

async function endPostgres(run: Run, progress: Progress): Promise<void> {
  const { postgres, random, size } = run;
  const all = size.restarts + size.freezes;
  for (let at = 0; at < all; at += 1) {
    await reached((at + 0.5) / (all + 1), progress, run);
    await inTurn(progress, async () => {
      let thaw: (() => void) | null = null;
      if (at < size.restarts) await postgres.end(at === 0 ? 'SIGQUIT' : random.pick(WAYS));
      else thaw = await postgres.freeze();
      const from = performance.now();
      await refusedSince(from, progress);
      progress.downs.push({ from, to: performance.now() });
      if (thaw === null) await postgres.start();
      else thaw();
    });
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

/** Every delivery in the table is handled, and every effect done. */
async function quiet(postgres: OwnPostgres): Promise<void> {
  const until = Date.now() + QUIET_WITHIN_MS;
  for (;;) {
    const [row] = await postgres.query<{ waiting: number }>(
      `select (select count(*)::int from deliveries where state = 'received')
            + (select count(*)::int from effects where state in ('planned', 'sending')) as waiting`,
    );
    if (row?.waiting === 0 || Date.now() > until) return;
    await delay(LOOK_EVERY_MS);
  }
}

/** Those that are not in the table, not handled to their end, or whose decision was not carried out. */
async function lostOf(postgres: OwnPostgres, wished: readonly Wished[]): Promise<readonly string[]> {
  const deliveries = await postgres.query<{ guid: string; state: string; decided: boolean }>(
    'select guid, state, jsonb_array_length(decisions) > 0 as decided from deliveries',
  );
  const tasks = await postgres.query<{ request_key: string; marked: boolean }>(
    `select request_key, exists (
       select from effects where key = 'mark:' || request_key and effects.state = 'done'
     ) as marked from tasks`,
  );
  const handled = new Set(
    deliveries.flatMap((row) => (row.state === 'handled' && row.decided ? [row.guid] : [])),
  );
  const begun = new Set(tasks.flatMap((row) => (row.marked ? [row.request_key] : [])));
  return wished
    .filter(({ guid, requestKey }) => !handled.has(guid) || (requestKey !== null && !begun.has(requestKey)))
    .map(({ guid, event }) => `${event} ${guid}`);
}
