/**
 * The crew is away for half an hour while people go on. Of their webhooks GitHub keeps some as failed, for it to be asked
 * for them again, and some nowhere. Minutes are simulated: every interval of the crew's is as much shorter as they are.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, inject } from 'vitest';
import type { WatchedRequest } from '../../demo/github/world.ts';
import type { CrewParts } from '../support/crew-parts.ts';
import { testDatabase } from '../support/database.ts';
import { postWebhook } from '../support/post-webhook.ts';
import {
  beforeTheOutage,
  begin,
  duringTheOutage,
  isOf,
  LOOK_EVERY_MS,
  type Meanwhile,
  rowsOf,
  SHORT_WITHIN_MS,
  type Stage,
  tasksOf,
  until,
} from './support/outage-stage.ts';
import { trial } from './trial.ts';

const OUTAGE_MINUTES = 30;
const BACK_WITHIN_MINUTES = 10;
const INTERVAL_MINUTES = 5;
const FAIL_AGAIN = 3;

trial(
  'unacknowledged webhooks are recovered',
  {
    full: { minuteMs: 3_000, issues: 40, pulls: 10, words: 20, refused: 3 },
    short: { minuteMs: 150, issues: 4, pulls: 2, words: 2, refused: 1 },
  },
  async ({ size, random, count }) => {
    const dir = await mkdtemp(join(tmpdir(), 'crew-outage-'));
    const database = await testDatabase();
    let crew: CrewParts | null = null;
    try {
      const { minuteMs } = size;
      crew = await begin(dir, database, (INTERVAL_MINUTES * minuteMs) / 1_000);
      const [web] = crew.webs;
      const stage: Stage = { crew, database, random, refused: size.refused };
      const before = await beforeTheOutage(stage);

      await web?.end('SIGKILL');
      const awayAt = performance.now();
      const meanwhile = await duringTheOutage(stage, size, before);
      await delay(Math.max(0, OUTAGE_MINUTES * minuteMs - (performance.now() - awayAt)));
      await crew.github.setWebhookUrl('http://127.0.0.1:9/');
      web?.begin();
      await web?.ready();
      const backAt = performance.now();
      await someFailAgain(stage);
      const isFull = inject('trialSize') === 'full';
      const withinMs = isFull ? BACK_WITHIN_MINUTES * minuteMs : SHORT_WITHIN_MS;
      const lost = await recovered(stage, meanwhile, withinMs);
      const tookMs = performance.now() - backAt;

      const late = await deliverLate(stage, meanwhile.dropped);
      const quiet = await requestsWhileQuiet(stage, 2 * INTERVAL_MINUTES * minuteMs);
      const doubled = await doubledIn(stage, meanwhile);
      count({
        'simulated minutes of outage': OUTAGE_MINUTES,
        'failed deliveries': meanwhile.failed.length,
        'deliveries that GitHub does not keep': meanwhile.dropped.length,
        'requests for work': meanwhile.wanted.length,
        'tasks to be stopped': meanwhile.stopped.length,
        lost: lost.length,
        doubled: doubled.length,
        'recovered after minutes': (tookMs / minuteMs).toFixed(1),
        'delivered late all the same': late,
        'requests in 10 quiet minutes': quiet.length,
      });
      expect(lost).toEqual([]);
      expect(doubled).toEqual([]);
      expect(quiet.filter(({ path }) => !isLook(path))).toEqual([]);
      expect(crew.github.violations()).toEqual([]);
    } finally {
      await crew?.close();
      await database.drop();
      await rm(dir, { recursive: true, force: true });
    }
  },
);

/** The way to the crew is open a little later than the crew: what it asks for first fails a second time. */
async function someFailAgain(stage: Stage): Promise<void> {
  const { github, url } = stage.crew;
  const again = () =>
    github.deliveries().filter(({ redelivery, state }) => redelivery && state === 'attempted');
  await until(stage, async () => again().length >= FAIL_AGAIN);
  await github.setWebhookUrl(`${url}/api/github/webhooks`);
}

/** What is not as it must be when the time is over. */
async function recovered(stage: Stage, meanwhile: Meanwhile, withinMs: number): Promise<readonly string[]> {
  const giveUpAt = performance.now() + withinMs;
  for (;;) {
    const lost = await lostIn(stage, meanwhile);
    if (lost.length === 0 || performance.now() > giveUpAt) return lost;
    await delay(LOOK_EVERY_MS);
  }
}

async function lostIn(stage: Stage, { wanted, stopped, failed }: Meanwhile): Promise<readonly string[]> {
  const tasks = await tasksOf(stage);
  const handled = await rowsOf<{ guid: string }>(
    stage,
    `select guid from deliveries where state = 'handled'`,
  );
  const guids = new Set(handled.map(({ guid }) => guid));
  return [
    ...wanted
      .filter((one) => !tasks.some((task) => isOf(task, one)))
      .map(({ kind, number }) => `${kind} #${number}`),
    ...tasks
      .filter(({ number, state }) => stopped.includes(number) && state !== 'stopped')
      .map(({ number }) => `stop of #${number}`),
    ...failed.filter((guid) => !guids.has(guid)).map((guid) => `delivery ${guid}`),
  ];
}

/** Tasks that nobody asked for, or that were begun twice, and what was said of work that runs already. */
async function doubledIn(stage: Stage, { wanted, refused }: Meanwhile): Promise<readonly string[]> {
  const tasks = await tasksOf(stage);
  const said = await rowsOf<{ key: string }>(
    stage,
    `select key from effects where key like 'runs-already:%'`,
  );
  return [
    ...wanted
      .filter((one) => tasks.filter((task) => isOf(task, one)).length > 1)
      .map(({ kind, number }) => `${kind} #${number}`),
    ...tasks.filter(({ number }) => refused.includes(number)).map(({ number }) => `refused #${number}`),
    ...said.map(({ key }) => key),
  ];
}

/** What GitHub dropped comes after all, when everything is made good: it must find its work done. */
async function deliverLate(stage: Stage, dropped: readonly string[]): Promise<number> {
  const { crew } = stage;
  const late = crew.github.deliveries().filter(({ guid }) => dropped.includes(guid));
  for (const { guid, event, payload } of stage.random.shuffled(late)) {
    const answer = await postWebhook(crew.url, crew.webhookSecret, { guid, event, body: payload });
    expect(answer.status).toBe(202);
  }
  await until(
    stage,
    async () => (await rowsOf(stage, `select guid from deliveries where state <> 'handled'`)).length === 0,
  );
  return late.length;
}

/** Looks at what stands there, and at what was delivered; a token is asked for once an hour. */
function isLook(path: string): boolean {
  return /^\/(?:app\/hook\/deliveries|app\/installations\/\d+\/access_tokens|repos\/[^/]+\/[^/]+\/issues)$/.test(
    path,
  );
}

async function requestsWhileQuiet(stage: Stage, ms: number): Promise<readonly WatchedRequest[]> {
  const { crew, database } = stage;
  const waiting = `select id from effects where state in ('planned', 'sending')`;
  await until(
    stage,
    async () => (await database.pool.query(waiting)).rows.length === 0 && crew.github.idle(),
  );
  const requests: WatchedRequest[] = [];
  const stop = crew.github.watch((request, status) => {
    if (status === null) requests.push(request);
  });
  await delay(ms);
  stop();
  return requests;
}
