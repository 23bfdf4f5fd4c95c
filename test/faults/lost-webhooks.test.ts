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
import { deliverThrough, type Wished } from './support/deliver-through.ts';
import { type OwnPostgres, ownPostgres } from './support/own-postgres.ts';
import { percentile } from './support/percentile.ts';
import { NO_LIMITS, UNPACED } from './support/unpaced.ts';
import { trial } from './trial.ts';

const REPOSITORY = 'orchard/cider';
const WRITER = 'ines';
/** Of the deliveries ask for work; the others are of events that the crew only takes note of. */
const ASKING_SHARE = 0.04;
/** GitHub gives up a second later. */
const ANSWER_WITHIN_MS = 9_000;
const QUIET_WITHIN_MS = 180_000;
const LOOK_EVERY_MS = 100;

trial(
  'no acknowledged webhook is lost',
  {
    full: { deliveries: 1_000, kills: 50, restarts: 5, freezes: 1 },
    short: { deliveries: 60, kills: 1, restarts: 1, freezes: 0 },
  },
  async ({ size, random, count }) => {
    const dir = await mkdtemp(join(tmpdir(), 'crew-lost-webhooks-'));
    const postgres = await ownPostgres();
    let crew: CrewParts | null = null;
    try {
      // As its owner may have set it, for speed: a crash loses what was committed last.
      await postgres.query('alter system set synchronous_commit = off');
      await postgres.query(`alter system set wal_writer_delay = '10s'`);
      await postgres.query(`alter system set wal_writer_flush_after = '1GB'`);
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
        environment: {
          CREW_SWEEP_SECONDS: '1',
          CREW_LOOK_AGAIN_SECONDS: '0.2',
          // What waits for GitHub's limits is not lost, and here it would be waited for.
          ...UNPACED,
        },
        github: { rateLimits: NO_LIMITS },
      });
      const wished = await webhooks(crew, size.deliveries);
      const outcome = await deliverThrough({ crew, postgres, random, wished, size });
      await quiet(postgres);

      const lost = await lostOf(postgres, wished);
      const { sent, downs } = outcome;
      const acks = sent.filter(({ status }) => status === 202).map(({ ms }) => ms);
      const answers = sent.filter(({ status }) => status !== null);
      const unanswered = sent.filter(({ status }) => status === null);
      // Web lives all that time: what it does not answer is as bad as what it takes.
      const whileDown = sent.filter((one) =>
        downs.some(({ from, to }) => one.startedAt > from && one.endedAt < to),
      );
      count({
        deliveries: size.deliveries,
        'kills of web': outcome.kills,
        'restarts of Postgres': downs.length - size.freezes,
        'attempts without an answer': unanswered.length,
        'the longest of them ms': Math.round(Math.max(0, ...unanswered.map(({ ms }) => ms))),
        'answered 503': answers.filter(({ status }) => status === 503).length,
        'wholly while Postgres was down': whileDown.length,
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
      // A kill breaks the connection at once: what waits for so long, answered or not, waits for a process that lives.
      expect(sent.filter(({ ms }) => ms >= ANSWER_WITHIN_MS)).toEqual([]);
      expect(crew.github.violations()).toEqual([]);
    } finally {
      await crew?.close();
      await postgres.remove();
      await rm(dir, { recursive: true, force: true });
    }
  },
);

/** Some are labels by a writer on issues of their own, whose tasks can be found; each of the others is about another person. */
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

/** Those that are not in the table, not handled to their end, or whose decision was not carried out; with how they stand. */
async function lostOf(postgres: OwnPostgres, wished: readonly Wished[]): Promise<readonly string[]> {
  const deliveries = await postgres.query<{ guid: string; state: string; decided: boolean }>(
    'select guid, state, jsonb_array_length(decisions) > 0 as decided from deliveries',
  );
  const marks = await postgres.query<{ request_key: string; mark: string | null }>(
    `select t.request_key, concat(e.state, ' at attempt ' || e.attempts, ', ' || e.error) as mark
     from tasks t left join effects e on e.key = 'mark:' || t.request_key`,
  );
  const stateOf = new Map(
    deliveries.map(({ guid, state, decided }) => [guid, decided ? state : 'undecided']),
  );
  const markOf = new Map(marks.map(({ request_key, mark }) => [request_key, mark ?? '']));
  return wished.flatMap(({ guid, event, requestKey }) => {
    const state = stateOf.get(guid) ?? 'not in the table';
    const mark = requestKey === null ? 'done' : (markOf.get(requestKey) ?? 'of no task');
    return state === 'handled' && mark.startsWith('done')
      ? []
      : [`${event} ${guid}: ${state}, its mark ${mark}`];
  });
}
