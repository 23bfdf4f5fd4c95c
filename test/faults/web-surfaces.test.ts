/**
 * Every route that the crew serves, walked by everybody: each is answered what is theirs and no more, whatever the method and
 * however the address is written, and links end when they should.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { freePorts } from '../../demo/free-ports.ts';
import { parseConfig } from '../../src/config.ts';
import { liveKey } from '../../src/core/live-link.ts';
import type { Repository } from '../../src/core/records.ts';
import { startSetup } from '../../src/wire.ts';
import { type CrewStage, crewStage } from '../support/crew-stage.ts';
import { postWebhook } from '../support/post-webhook.ts';
import type { Random } from '../support/random.ts';
import { repository as anyRepository, implementTask } from '../support/records.ts';
import { silentLog } from '../support/silent-log.ts';
import { tinyShop } from '../support/tiny-shop.ts';
import { crookedPaths, wrongKeys } from './support/crooked-paths.ts';
import { lookTooOften, watchTooMuch } from './support/live-limits.ts';
import { ask, type RawAnswer } from './support/raw-request.ts';
import { CREW_SURFACES, PERSONS, type Person, SETUP_SURFACES } from './support/surfaces.ts';
import { pathOf, walk, walkOtherMethods } from './support/walk.ts';
import { trial } from './trial.ts';

const SECRET = 'a secret of webhooks and of links';
/** Stands in each task, and must reach nobody without its link. */
const CANARY = 'canary-of-the-task-7f3a';
/** It is looked every five seconds whether the link still holds. */
const STREAM_ENDS_MS = 30_000;
/** What a task's link is good for. */
const STREAMS_PER_MINUTE = 100;
const STREAMS_AT_ONCE = 25;
const DAY_MS = 24 * 3_600_000;

let dir: string;
let stage: CrewStage;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'crew-surfaces-'));
  stage = await crewStage({
    repositories: [{ name: 'tea-club/shop', files: tinyShop() }],
    conversations: [],
    environment: { WEBHOOK_SECRET: SECRET },
  });
});
afterAll(async () => {
  await stage?.close();
  await rm(dir, { recursive: true, force: true });
});

trial(
  'every route of the crew answers each person what is theirs',
  { full: { paths: 3_000 }, short: { paths: 80 } },
  async ({ size, random, count }) => {
    const { url, routes } = stage.crew;
    expect([...routes].sort()).toEqual(Object.keys(CREW_SURFACES).sort());
    const [task, neighbour] = [await endedTask(), await endedTask()];
    const held: Readonly<Record<Person, string | null>> = {
      nobody: null,
      stranger: randomBytes(32).toString('base64url'),
      neighbour: liveKey(SECRET, neighbour),
      reader: liveKey(SECRET, task),
      writer: liveKey(SECRET, task),
    };
    const walked = await walk(
      url,
      CREW_SURFACES,
      (route, person) => {
        const query =
          CREW_SURFACES[route]?.takes === null || held[person] === null ? '' : `?key=${held[person]}`;
        return `${pathOf(route).replace(':id', task)}${query}`;
      },
      CANARY,
    );
    const others = await walkOtherMethods(url, CREW_SURFACES, (route) => pathOf(route).replace(':id', task));
    const crooked = await tryCrooked(url, task, random, size.paths);
    count({ routes: routes.length, persons: PERSONS.length, requests: walked + others + crooked.tried });
    count({
      'crooked addresses': crooked.tried,
      leaked: crooked.leaked.length,
      'answered 5xx': crooked.failed.length,
    });
    expect(crooked.leaked).toEqual([]);
    expect(crooked.failed).toEqual([]);
  },
);

trial(
  'a wrong link is told from none by nothing, and a right one ends',
  { full: { keys: 2_000 }, short: { keys: 60 } },
  async ({ size, random, count }) => {
    const { url } = stage.crew;
    const task = await endedTask();
    const key = liveKey(SECRET, task);
    const nothing = await ask(url, { path: `/tasks/${randomUUID()}?key=${key}` });
    const keys = wrongKeys(key, random, size.keys);
    const told: string[] = [];
    for (const wrong of keys) {
      const answer = await ask(url, { path: `/tasks/${task}?key=${encodeURIComponent(wrong)}` });
      if (JSON.stringify(comparable(answer)) !== JSON.stringify(comparable(nothing))) told.push(wrong);
    }
    const ends = await endings(random);
    count({ 'wrong keys': keys.length, 'told apart': told.length, endings: Object.keys(ends).length });
    expect(told).toEqual([]);
    expect(ends).toEqual({
      before: 200,
      'on its 29th day': 200,
      'on its 31st day': 404,
      'made private': 404,
      'of a task after that': 200,
      'given to another installation': 404,
      'removed from it': 404,
      'come back to it': 404,
      'of a task that begins all the same': 404,
      'a stream when it is removed': 'ended',
    });
  },
);

trial(
  'whoever watches a task too much waits, and nobody else does',
  { full: { pages: 600 }, short: { pages: 0 } },
  async ({ size, count }) => {
    const { url } = stage.crew;
    const watched = async (what: '' | '/events') => {
      const [task, neighbour] = [await endedTask(), await endedTask()];
      const pathTo = (id: string) => `/tasks/${id}${what}?key=${liveKey(SECRET, id)}`;
      return { url, task: pathTo(task), neighbour: pathTo(neighbour) };
    };
    const pages = size.pages === 0 ? 0 : await lookTooOften(await watched(''), size.pages);
    const streams = await lookTooOften(await watched('/events'), STREAMS_PER_MINUTE);
    await watchTooMuch(await watched('/events'), STREAMS_AT_ONCE);
    const ping = { event: 'ping', body: '{"zen":"Keep it simple."}' };
    const { status } = await postWebhook(url, SECRET, ping);
    count({ 'pages shown': pages, 'streams shown': streams, 'streams at once': STREAMS_AT_ONCE });
    expect(pages).toBeGreaterThanOrEqual(size.pages);
    expect(streams).toBeGreaterThanOrEqual(STREAMS_PER_MINUTE);
    expect(status).toBe(202);
  },
);

trial(
  'the pages of the first start are for whoever reads the log, once',
  { full: { paths: 300 }, short: { paths: 30 } },
  async ({ size, random, count }) => {
    const logged: { readonly url?: string }[] = [];
    const [port] = await freePorts(1);
    const config = parseConfig(
      { PORT: String(port), CREW_STATE_DIR: join(dir, randomUUID()), GITHUB_API_URL: 'http://127.0.0.1:9' },
      false,
    );
    const setup = await startSetup(config, { ...silentLog, info: (fields) => void logged.push(fields) });
    try {
      expect([...setup.routes].sort()).toEqual(Object.keys(SETUP_SURFACES).sort());
      const token =
        new URL(logged.find(({ url }) => url !== undefined)?.url ?? '').searchParams.get('token') ?? '';
      const page = await ask(setup.url, { path: `/setup?token=${token}` });
      const state = /new\?state=([0-9a-f]+)/.exec(page.body)?.[1] ?? '';
      const held = { token, state };
      const walked = await walk(
        setup.url,
        SETUP_SURFACES,
        (route, person) => {
          const takes = SETUP_SURFACES[route]?.takes ?? null;
          if (takes === null || person === 'nobody') return pathOf(route);
          const right = person === 'reader' || person === 'writer';
          return `${pathOf(route)}?${takes}=${right ? held[takes as 'token' | 'state'] : randomBytes(16).toString('hex')}`;
        },
        CANARY,
      );
      const others = await walkOtherMethods(setup.url, SETUP_SURFACES, pathOf);
      const script = encodeURIComponent('"><script>alert(1)</script>\r\nX-Evil: 1');
      const injected = await ask(setup.url, { path: `/setup?token=${token}&organization=${script}` });
      for (let at = 0; at < size.paths; at += 1) {
        const guess = [...token];
        guess[random.between(0, guess.length - 1)] = random.pick([...'0123456789abcdefg']);
        if (guess.join('') === token) continue;
        const { status } = await ask(setup.url, { path: `/setup?token=${guess.join('')}` });
        expect(status).toBe(403);
      }
      const many = await Promise.all(
        Array.from({ length: 70 }, () => ask(setup.url, { path: `/setup?token=${token}` })),
      );
      // Whoever opens the page too often is refused, and nobody else is let in by it.
      const statuses = Object.groupBy(many, ({ status }) => String(status));
      count({
        routes: setup.routes.length,
        requests: walked + others + size.paths + 72,
        refused: statuses['429']?.length ?? 0,
      });
      expect(injected.body).not.toContain('<script>');
      expect(injected.headers['x-evil']).toBeUndefined();
      expect(statuses['429']?.length).toBeGreaterThan(0);
      expect(many.find(({ status }) => status === 429)?.headers['retry-after']).toMatch(/^\d+$/);
      await failedTakeOver(setup.url, many);
    } finally {
      await setup.close();
    }
  },
);

/** GitHub does not answer: what is said of it names no address. */
async function failedTakeOver(url: string, pages: readonly RawAnswer[]): Promise<void> {
  const open = pages.find(({ status }) => status === 200)?.body ?? '';
  const state = /new\?state=([0-9a-f]+)/.exec(open)?.[1] ?? '';
  const answer = await ask(url, { path: `/setup/callback?state=${state}&code=abc` });
  expect(answer.status).toBe(502);
  expect(answer.body).not.toMatch(/127\.0\.0\.1|ECONNREFUSED|fetch failed/);
}

/** Addresses that are nearly those of the task, without its key: none may show anything of it. */
async function tryCrooked(url: string, task: string, random: Random, many: number) {
  const leaked: string[] = [];
  const failed: string[] = [];
  const paths = crookedPaths(task, random, many);
  const open = await everybodysPages(url);
  for (const path of paths) {
    const answer = await ask(url, { path }).catch(() => null);
    if (answer?.body.includes(CANARY)) leaked.push(path);
    if ((answer?.status ?? 0) >= 500) failed.push(`${path}: ${answer?.status}`);
    if (answer?.status === 200 && !open.includes(answer.body)) leaked.push(`${path}: 200`);
  }
  return { tried: paths.length, leaked, failed };
}

/** A crooked address may lead to what is everybody's. */
async function everybodysPages(url: string): Promise<readonly string[]> {
  const routes = Object.entries(CREW_SURFACES).filter(([, { answers }]) => answers.nobody === 200);
  return Promise.all(routes.map(async ([route]) => (await ask(url, { path: pathOf(route) })).body));
}

/** Without what differs by itself. */
function comparable({ status, headers: { date, ...headers }, body }: RawAnswer) {
  return { status, headers, body };
}

/** What a link is answered at each of its ends. */
async function endings(random: Random): Promise<Readonly<Record<string, number | string>>> {
  const { store, crew, database } = stage;
  const own: Repository = {
    ...anyRepository,
    id: random.between(10_000, 900_000),
    owner: 'tea-club',
    name: `shop-${randomUUID()}`,
  };
  await store.repositories.save(own);
  const task = await endedTask(own);
  const statusOf = async (id: string) =>
    (await ask(crew.url, { path: `/tasks/${id}?key=${liveKey(SECRET, id)}` })).status;
  const aged = async (days: number) => {
    await database.pool.query('update tasks set finished_at = $1 where id = $2', [
      new Date(Date.now() - days * DAY_MS),
      task,
    ]);
    return statusOf(task);
  };
  const ends: Record<string, number | string> = { before: await statusOf(task) };
  ends['on its 29th day'] = await aged(29);
  ends['on its 31st day'] = await aged(31);
  await aged(0);
  await store.repositories.save({ ...own, private: true });
  ends['made private'] = await statusOf(task);
  const second = await endedTask({ ...own, private: true });
  ends['of a task after that'] = await statusOf(second);
  await store.repositories.save({ ...own, private: true, installationId: own.installationId + 1 });
  ends['given to another installation'] = await statusOf(second);
  const third = await endedTask({ ...own, private: true, installationId: own.installationId + 1 });
  const stream = await fetch(`${crew.url}/tasks/${third}/events?key=${liveKey(SECRET, third)}`, {
    signal: AbortSignal.timeout(STREAM_ENDS_MS),
  });
  await store.repositories.remove(own.id);
  ends['removed from it'] = await statusOf(third);
  const closed = { ...own, private: true, installationId: own.installationId + 1 };
  ends['of a task that begins all the same'] = await statusOf(await endedTask(closed));
  // By itself it would end a minute after its task.
  ends['a stream when it is removed'] = await stream.text().then(
    () => 'ended',
    () => 'went on',
  );
  await store.repositories.save({ ...own, private: true, installationId: own.installationId + 1 });
  ends['come back to it'] = await statusOf(third);
  return ends;
}

async function endedTask(
  repository: Repository = { ...anyRepository, owner: 'tea-club', name: 'shop' },
): Promise<string> {
  const { kind, requester, request, budgetUsd, subject } = implementTask();
  const wanted = { kind, repository, subject, requester, request, budgetUsd, requestKey: randomUUID() };
  const { task } = await stage.store.tasks.create(wanted, 'mona');
  await stage.store.tasks.move(task.id, 'failed', { reason: CANARY, actor: 'mona' });
  return task.id;
}
