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
import { type CrewParts, startParts } from '../support/crew-parts.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { postWebhook } from '../support/post-webhook.ts';
import type { Random } from '../support/random.ts';
import { trial } from './trial.ts';

const REPOSITORY = 'orchard/cider';
/** May write; may label without writing. */
const WRITER = 'ines';
const HELPER = 'theo';
const OUTAGE_MINUTES = 30;
const BACK_WITHIN_MINUTES = 10;
const INTERVAL_MINUTES = 5;
/** A machine that does other things at the same time keeps to no minutes of a tenth of a second. */
const SHORT_WITHIN_MS = 60_000;
const FAIL_AGAIN = 3;
const LOOK_EVERY_MS = 50;

trial(
  'unacknowledged webhooks are recovered',
  {
    full: { minuteMs: 3_000, issues: 60, pulls: 16, words: 30, refused: 4 },
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

interface Stage {
  readonly crew: CrewParts;
  readonly database: TestDatabase;
  readonly random: Random;
  readonly refused: number;
}

function begin(dir: string, { url }: TestDatabase, recoverySeconds: number): Promise<CrewParts> {
  const collaborators = { [WRITER]: 'write', [HELPER]: 'triage' } as const;
  const files = { 'README.md': '# Cider\n', 'press.js': 'export const press = 1;\n' };
  return startParts({
    dir,
    databaseUrl: url,
    modelUrl: 'http://127.0.0.1:9',
    workers: [],
    sample: false,
    repositories: [{ name: REPOSITORY, files, collaborators }],
    environment: {
      CREW_RECOVERY_SECONDS: String(recoverySeconds),
      CREW_SWEEP_SECONDS: '1',
      CREW_LOOK_AGAIN_SECONDS: '0.2',
    },
  });
}

interface Before {
  readonly closedIssue: number;
  readonly unlabelledIssue: number;
  readonly closedPull: number;
  readonly pushedPull: { readonly number: number; readonly branch: string };
}

/** Work that runs when the crew goes away. */
async function beforeTheOutage(stage: Stage): Promise<Before> {
  const closedIssue = await openIssue(stage, 'closed meanwhile');
  const unlabelledIssue = await openIssue(stage, 'without its label meanwhile');
  const closedPull = await openPull(stage, 'closed-meanwhile');
  const pushed = await openPull(stage, 'pushed-meanwhile');
  await until(stage, async () => (await tasksOf(stage)).length === 4 && stage.crew.github.idle());
  await until(
    stage,
    async () => (await rowsOf(stage, `select guid from deliveries where state = 'received'`)).length === 0,
  );
  return {
    closedIssue: closedIssue.number,
    unlabelledIssue: unlabelledIssue.number,
    closedPull: closedPull.number,
    pushedPull: { number: pushed.number, branch: 'pushed-meanwhile' },
  };
}

async function openIssue({ crew }: Pick<Stage, 'crew'>, title: string) {
  const writer = crew.github.as(WRITER);
  const issue = await writer.openIssue(REPOSITORY, { title });
  await writer.label(REPOSITORY, issue.number, 'crew');
  return { number: issue.number };
}

async function openPull({ crew }: Pick<Stage, 'crew'>, branch: string) {
  const writer = crew.github.as(WRITER);
  const headSha = await commit(crew, branch, 2);
  const { number } = await writer.openPull(REPOSITORY, { title: branch, head: branch, base: 'main' });
  return { number, headSha };
}

function commit({ github }: CrewParts, branch: string, value: number): Promise<string> {
  const files = { [`${branch}.js`]: `export const press = ${value};\n` };
  return github.as(WRITER).commit(REPOSITORY, { branch, message: `Press ${value}`, files });
}

interface Wanted {
  readonly kind: 'implement' | 'review';
  readonly number: number;
  /** Of a review. */
  readonly headSha?: string;
}

interface Meanwhile {
  readonly wanted: readonly Wanted[];
  /** Issues and pull requests whose tasks must stop. */
  readonly stopped: readonly number[];
  /** Issues labelled by somebody who may not ask for work. */
  readonly refused: readonly number[];
  /** GUIDs. */
  readonly failed: readonly string[];
  readonly dropped: readonly string[];
}

/** Each thing that people do is told by a webhook that fails, or by one that GitHub drops, by chance; words only by the former. */
async function duringTheOutage(
  stage: Stage,
  size: {
    readonly issues: number;
    readonly pulls: number;
    readonly words: number;
    readonly minuteMs: number;
  },
  before: Before,
): Promise<Meanwhile> {
  const { crew, random, refused } = stage;
  const { github } = crew;
  const [writer, helper] = [github.as(WRITER), github.as(HELPER)];
  const wanted: Wanted[] = [];
  const refusedIssues: number[] = [];
  const known = new Set(github.deliveries().map(({ id }) => id));
  const deeds: (() => Promise<unknown>)[] = [
    ...Array.from({ length: size.issues }, (_, at) => async () => {
      wanted.push({ kind: 'implement', ...(await openIssue(stage, `Press ${at}`)) });
    }),
    ...Array.from({ length: size.pulls }, (_, at) => async () => {
      wanted.push({ kind: 'review', ...(await openPull(stage, `topic-${at}`)) });
    }),
    ...Array.from({ length: refused }, (_, at) => async () => {
      const { number } = await helper.openIssue(REPOSITORY, { title: `Not mine to ask ${at}` });
      await helper.label(REPOSITORY, number, 'crew');
      refusedIssues.push(number);
    }),
    () => writer.closeIssue(REPOSITORY, before.closedIssue),
    () => writer.unlabel(REPOSITORY, before.unlabelledIssue, 'crew'),
    () => writer.closeIssue(REPOSITORY, before.closedPull),
    async () => {
      const headSha = await commit(crew, before.pushedPull.branch, 3);
      wanted.push({ kind: 'review', number: before.pushedPull.number, headSha });
    },
  ];
  for (const deed of random.shuffled(deeds)) {
    github.setFaults(random.chance(0.5) ? [{ kind: 'webhook-drop' }] : []);
    await deed();
    await until(stage, async () => github.idle());
  }
  github.setFaults([]);
  for (let at = 0; at < size.words; at += 1)
    await writer.comment(REPOSITORY, before.closedIssue, `Word ${at}`);
  await until(stage, async () => github.idle());
  const told = github.deliveries().filter(({ id }) => !known.has(id));
  return {
    wanted,
    stopped: [before.closedIssue, before.unlabelledIssue, before.closedPull],
    refused: refusedIssues,
    failed: told.flatMap(({ guid, state }) => (state === 'attempted' ? [guid] : [])),
    dropped: told.flatMap(({ guid, state }) => (state === 'dropped' ? [guid] : [])),
  };
}

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

interface TaskRow {
  readonly kind: string;
  readonly number: number;
  readonly state: string;
  readonly head: string | null;
}

function isOf(task: TaskRow, { kind, number, headSha }: Wanted): boolean {
  return task.kind === kind && task.number === number && (headSha === undefined || task.head === headSha);
}

function tasksOf(stage: Stage): Promise<readonly TaskRow[]> {
  return rowsOf(
    stage,
    `select kind, subject_number as number, state, request -> 'pullRequest' ->> 'headSha' as head from tasks`,
  );
}

async function rowsOf<Row>({ database }: Stage, text: string): Promise<readonly Row[]> {
  return (await database.pool.query(text)).rows;
}

async function until(stage: Stage, look: () => Promise<boolean>): Promise<void> {
  const giveUpAt = Date.now() + SHORT_WITHIN_MS;
  while (!(await look())) {
    if (Date.now() > giveUpAt)
      throw new Error(`it did not come to that: ${look}\n${stage.crew.output().slice(-5_000)}`);
    await delay(LOOK_EVERY_MS);
  }
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
