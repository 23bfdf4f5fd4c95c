/** A storm of effects, planned as the product plans them or asked for by people, while processes are killed and GitHub refuses. */
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import { reactionContents } from '../../../demo/github/records.ts';
import type { NewEffect } from '../../../src/core/effect-ports.ts';
import type { EffectAction } from '../../../src/core/effect-records.ts';
import { hasMarker } from '../../../src/core/marker.ts';
import type { Repository } from '../../../src/core/records.ts';
import type { Store } from '../../../src/core/store-ports.ts';
import { type CrewParts, MAINTAINER } from '../../support/crew-parts.ts';
import type { TestDatabase } from '../../support/database.ts';
import type { Random } from '../../support/random.ts';
import type { LimitsWatch } from './limits-watch.ts';

export interface Storm {
  readonly effects: number;
  /** Commands of people among them, each answered by a comment and a reaction. */
  readonly commands: number;
  /** Labels beside them: reads and writes that are no content, one after the other, so that there always is something to send. */
  readonly labels: number;
  readonly perMinute: number;
  readonly perHour: number;
  /** Of an hour's, what GitHub must have seen at least: the crew counts a request also when its process was killed before it left. */
  readonly hourlyShare: number;
  readonly issues: number;
  /** Kills of each web process that is killed. */
  readonly kills: number;
  readonly killed: 'all' | 'one';
  /** In the first pause both send, where kills come after it. */
  readonly killedFrom: 'the start' | 'the end of a pause';
  /** Refusals that want so many seconds each, by 403 and as many by 429; where one kind is tried, by one of the two. */
  readonly refusals: number;
  readonly kinds: 1 | 2;
  /** Which paths are refused. */
  readonly refused: string;
  readonly retryAfterSeconds: readonly [number, number];
  /** In which all must be delivered. */
  readonly minutes: number;
  /** Whether a minute, and an hour, are waited for, or time is moved on when nothing can go before. */
  readonly passing: 'real' | 'moved';
}

export const REPOSITORY = 'tea-club/shop';
const LOOK_EVERY_MS = 100;
/** Longer than an effect waits for its place, and a process for its start. */
const NOTHING_GOES_MS = 6_000;
const KILL_LATEST_MS = 2_000;
const LABEL_EVERY_MS = 100;
const REAL_MINUTE_MS = 60_000;
/** And what is added by chance to what waits for it. */
const MINUTE_MS = 80_000;
const HOUR_MS = 3_650_000;

/** Where everything happens. Time may be moved on for the crew's account and the watch; GitHub's own count rests then. */
export interface Scene {
  readonly storm: Storm;
  readonly parts: CrewParts;
  readonly database: TestDatabase;
  readonly store: Store;
  readonly watch: LimitsWatch;
  /** By how much, and how much content there was before the last time. */
  readonly moved: { ms: number; content: number };
  readonly random: Random;
}

export async function play(scene: Scene): Promise<readonly NewEffect[]> {
  const { storm, parts, store, random } = scene;
  const { github } = parts;
  const person = github.as(MAINTAINER);
  const numbers: number[] = [];
  for (let at = 0; at < storm.issues; at += 1) {
    numbers.push((await person.openIssue(REPOSITORY, { title: `Issue ${at}` })).number);
  }
  for (let at = 0; at < storm.commands; at += 1) {
    await person.comment(REPOSITORY, random.pick(numbers), '/crew help');
  }
  const repository = await knownAs(scene);
  const planned = plannedFor(scene, repository, numbers, storm.effects - 2 * storm.commands);
  const refusal = (status: 403 | 429) =>
    ({
      kind: 'limited',
      status,
      path: storm.refused,
      retryAfterSeconds: random.between(...storm.retryAfterSeconds),
      probability: 0.2,
      times: storm.refusals,
    }) as const;
  const refusing = random.shuffled([refusal(403), refusal(429)]).slice(0, storm.kinds);
  github.setFaults(refusing, random.seed);
  const half = Math.ceil(planned.length / 2);
  await store.effects.plan(planned.slice(0, half));
  const killing = killAll(scene);
  await store.effects.plan(planned.slice(half));
  for (let at = 0; at < storm.labels; at += 1) {
    const action: EffectAction = {
      kind: 'add_labels',
      number: random.pick(numbers),
      labels: [`storm:${at}`],
    };
    await store.effects.plan([{ key: `label:${at}`, taskId: null, repository, action }]);
    await delay(LABEL_EVERY_MS);
  }
  await Promise.all([killing, delivered(scene)]);
  return planned;
}

async function knownAs({ parts }: Scene): Promise<Repository> {
  const { repo } = await parts.github.snapshot(REPOSITORY);
  const { installation } = parts.github.deliveries().find((one) => one.installation !== null) ?? {};
  const { id, owner, name } = repo;
  return { id, owner, name, installationId: installation ?? 0, defaultBranch: 'main', private: false };
}

/** Comments, and reactions as far as GitHub keeps them apart: one of each kind on an issue. */
function plannedFor(
  { random }: Scene,
  repository: Repository,
  numbers: readonly number[],
  many: number,
): readonly NewEffect[] {
  const reactions = numbers.flatMap((number) =>
    // The answer to a command is none of these.
    reactionContents.map(
      (content): EffectAction => ({ kind: 'reaction', target: { on: 'issue', number }, content }),
    ),
  );
  const few = random.shuffled(reactions).slice(0, Math.floor(many / 5));
  const comments = Array.from(
    { length: many - few.length },
    (_, at): EffectAction => ({
      kind: 'comment',
      number: random.pick(numbers),
      body: `The ${at + 1}th word of the storm.`,
    }),
  );
  return random
    .shuffled([...few, ...comments])
    .map((action, at) => ({ key: `storm:${at}`, taskId: null, repository, action }));
}

/** Each web process by itself, so that sometimes neither runs. */
async function killAll({ storm, parts, random, watch }: Scene): Promise<void> {
  if (storm.killedFrom === 'the end of a pause') {
    const until = Date.now() + storm.minutes * REAL_MINUTE_MS;
    while (watch.refusals() === 0 && Date.now() < until) await delay(LOOK_EVERY_MS);
    await delay(storm.retryAfterSeconds[1] * 1_000);
  }
  const killed = storm.killed === 'all' ? parts.webs : [random.pick(parts.webs)];
  const pauses = killed.map(() =>
    Array.from({ length: storm.kills }, () => random.between(200, KILL_LATEST_MS)),
  );
  await Promise.all(
    killed.map(async (web, at) => {
      for (const ms of pauses[at] ?? []) {
        await delay(ms);
        await web.end('SIGKILL');
        await web.start();
      }
    }),
  );
}

async function delivered(scene: Scene): Promise<void> {
  const { storm, parts, database, watch } = scene;
  const until = Date.now() + storm.minutes * REAL_MINUTE_MS;
  let last = { content: watch.content(), atMs: Date.now() };
  for (;;) {
    const { rows } = await database.pool.query<{ open: number }>(
      `select count(*)::int as open from effects where state in ('planned', 'sending')`,
    );
    const open = rows[0]?.open ?? 0;
    if (open === 0 && parts.github.idle() && (await allHandled(scene))) return;
    if (watch.content() > last.content) last = { content: watch.content(), atMs: Date.now() };
    if (open > 0 && storm.passing === 'moved' && Date.now() - last.atMs > NOTHING_GOES_MS) {
      await moveOn(scene);
      last = { ...last, atMs: Date.now() };
    }
    if (Date.now() > until) throw new Error(`it does not come to its end: ${open} are left`);
    await delay(LOOK_EVERY_MS);
  }
}

async function allHandled({ database }: Scene): Promise<boolean> {
  const { rows } = await database.pool.query(`select 1 from deliveries where state = 'received' limit 1`);
  return rows.length === 0;
}

/** To the next minute; after one that brought nothing to the next hour, for that is what it waits for. */
async function moveOn({ database, moved, watch }: Scene): Promise<void> {
  const content = watch.content();
  const ms = content > moved.content ? MINUTE_MS : HOUR_MS;
  moved.content = content;
  moved.ms += ms;
  const past = `- ${ms} * interval '1 millisecond'`;
  await database.pool.query(`update github_places set at = at ${past}`);
  await database.pool.query(
    `update github_accounts set paused_until = paused_until ${past}, next_write_at = next_write_at ${past}`,
  );
  await database.pool.query(
    `update effects set due_at = greatest(due_at ${past}, created_at), enqueued_at = null where state = 'planned'`,
  );
  expect(watch.intruders()).toEqual([]);
}

/** The ledger has every effect as done, and GitHub each of them once. */
export async function whatStands({ parts, database }: Scene, planned: readonly NewEffect[]) {
  const { rows } = await database.pool.query<{ key: string; state: string; attempts: number }>(
    'select key, state, attempts from effects',
  );
  const { comments, reactions } = await parts.github.snapshot(REPOSITORY);
  const marked = rows.map(({ key }) => ({
    key,
    times: comments.filter(({ body }) => hasMarker(body, key)).length,
  }));
  const wantedReactions = planned.filter(({ action }) => action.kind === 'reaction').length;
  const issueReactions = reactions.filter(({ subjectKind }) => subjectKind === 'issue').length;
  const said = new Set(planned.filter(({ action }) => action.kind === 'comment').map(({ key }) => key));
  return {
    effects: rows.length,
    lost: [
      ...rows.filter(({ state }) => state !== 'done').map(({ key, state }) => `${key} is ${state}`),
      ...marked.filter(({ key, times }) => said.has(key) && times === 0).map(({ key }) => key),
      ...(issueReactions < wantedReactions ? [`${wantedReactions - issueReactions} reactions`] : []),
    ],
    mostAttempts: Math.max(...rows.map(({ attempts }) => attempts)),
    doubled: marked.filter(({ times }) => times > 1).map(({ key }) => key),
  };
}
