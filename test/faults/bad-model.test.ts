/** Whatever the model answers, or does not, each job comes to a stated end, runs no tool by halves, and keeps to its limits. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import type { RepoSnapshot } from '../../demo/github/snapshot.ts';
import { TASK_ENDS } from '../../src/core/records.ts';
import type { Stage } from '../support/crew-stage.ts';
import type { Random } from '../support/random.ts';
import { endlessCases, faultOfEndless, repositoryOfEndless } from './support/endless-cases.ts';
import { hurry } from './support/hurry.ts';
import {
  BAD_MODELS,
  begin,
  commonConversations,
  conversationsOf,
  faultOf,
  isBorne,
  JOBS,
  MARKING_TURN,
  MARKS,
  type ModelCase,
  NAMED,
  REPOSITORY,
  SPELLS,
  stageFiles,
  TORN_COMMAND,
  TURNS,
  WRITER,
} from './support/model-cases.ts';
import { partsStage } from './support/parts-stage.ts';
import { NO_LIMITS, UNPACED } from './support/unpaced.ts';
import { trial } from './trial.ts';

interface Size {
  readonly cases: number;
  /** Of each kind that the promise names, at least, where it was drawn at all. */
  readonly strikes: number;
  /** Also those that the SDK and the loop wait out by their own clocks. */
  readonly waits: boolean;
}

/** Of each task; less than its agents may spend in all their turns. */
const BUDGET_USD = 1;
/** Calls of the model that one case may have struck: more than all tries of a job with their retries, or all turns of a role. */
const STRIKES_MAX = 200;
const SETTINGS = {
  environment: {
    ...UNPACED,
    CREW_BUDGET_USD: String(BUDGET_USD),
    CREW_CONCURRENCY: '8',
    CREW_QUIET_SECONDS: '0',
  },
  github: { rateLimits: NO_LIMITS },
  waitMs: 25 * 60_000,
};
/** A failure of these is told beside the outcome, which stands without them. */
const STANDS_WITHOUT: readonly ModelCase['job'][] = ['amend', 'audit', 'refute'];

describe('a bad model', () => {
  trial<Size>(
    'brings every job to a stated end within its limits, and no tool is run by halves',
    {
      full: { cases: 80, strikes: 4, waits: true },
      short: { cases: 5, strikes: 1, waits: false },
    },
    async ({ size, random, count }) => {
      const marks = await mkdtemp(join(tmpdir(), 'crew-marks-'));
      const cases = drawn(random, size);
      const stage = await stageOf(cases, marks);
      try {
        await hurry(stage.database, { table: 'subtasks', ms: 200 });
        stage.model.setFaults(cases.map(faultOf));
        const seen = await Promise.all(cases.map(async (one) => ({ one, number: await begin(stage, one) })));
        const ends = [];
        for (const { one, number } of seen) ends.push(await endOf(stage, cases, one, number));
        count({ cases: cases.length, 'kinds of trouble': new Set(cases.map(({ bad }) => bad)).size });
        expect(ends.flatMap(beyondLimits)).toEqual([]);
        await stage.quiet();
        const strikes = strikesOf(stage, cases);
        count({ 'least strikes of a kind': Math.min(...strikes.values()) });
        expect([...strikes].filter(([, struck]) => struck < size.strikes)).toEqual([]);
        const problems = await Promise.all(ends.map((end) => problemsOf(stage, end)));
        expect(problems.flat()).toEqual([]);
        const ran = await expectWholeTools(stage, cases, marks);
        count({
          done: ends.filter(({ state }) => state === 'done').length,
          'ended with the reason': ends.filter(({ state }) => state !== 'done').length,
          'commands run': ran,
          'run by halves': 0,
        });
        expect(await leftInWorkspaces(stage)).toEqual([]);
      } finally {
        await stage.close();
        await rm(marks, { recursive: true, force: true });
      }
    },
  );

  trial<Pick<Size, 'cases'> & { readonly minutes: number }>(
    'that never ends what it says, or says nothing, has no job wait for longer than its role may',
    { full: { cases: 12, minutes: 0.2 }, short: { cases: 2, minutes: 0.05 } },
    async ({ size, random, count }) => {
      const cases = random.shuffled(endlessCases(size.minutes)).slice(0, size.cases);
      const repositories = await Promise.all(cases.map(repositoryOfEndless));
      const stage = await partsStage({ repositories, conversations: commonConversations(), ...SETTINGS });
      try {
        stage.model.setFaults(cases.map(faultOfEndless));
        const limit = `The limit of ${size.minutes} minutes was reached`;
        for (const { repository, tag } of cases) {
          const number = await stage.on(repository).openIssue(WRITER, { title: `About ${tag}`, body: '' });
          await stage.on(repository).label(WRITER, number, 'crew:auto');
        }
        for (const { repository, job, fault } of cases) {
          const on = stage.on(repository);
          const { state } = await on.reaches(1, ...TASK_ENDS);
          await stage.until(async () => toldOf(await on.snapshot(), 1).includes(limit));
          const ended = STANDS_WITHOUT.includes(job) ? 'done' : 'failed';
          expect({ job, fault, state }).toEqual({ job, fault, state: ended });
        }
        await stage.quiet();
        expect(await leftInWorkspaces(stage)).toEqual([]);
        count({ cases: cases.length, 'ended by the limit': cases.length });
      } finally {
        await stage.close();
      }
    },
  );
});

/** Every kind of trouble comes once, then those that the promise names, again and again; a torn command comes in each run. */
function drawn(random: Random, { cases, waits }: Pick<Size, 'cases' | 'waits'>): readonly ModelCase[] {
  const drawnFrom = BAD_MODELS.filter((bad) => bad !== TORN_COMMAND && (waits || bad.waits !== true));
  const kinds = [TORN_COMMAND, ...random.shuffled(drawnFrom)];
  const named = kinds.filter(({ fault }) => NAMED.includes(fault.kind));
  return Array.from({ length: cases }, (_, at) => {
    const bad = kinds[at] ?? named[(at - kinds.length) % named.length] ?? TORN_COMMAND;
    const job = random.pick(bad.atCommands ? (['work', 'fix'] as const) : JOBS);
    const spells = waits ? SPELLS : [1, bad.borne === 0 ? Infinity : 2];
    const times = bad.always ? Infinity : random.pick(spells);
    const turn = bad.atCommands
      ? MARKING_TURN + random.between(0, MARKS.length - 1)
      : random.between(1, TURNS[job]);
    return { tag: `case-${at};`, job, bad, times, turn };
  });
}

function stageOf(cases: readonly ModelCase[], marks: string): Promise<Stage> {
  return partsStage({
    repositories: [{ name: REPOSITORY, files: stageFiles, collaborators: { [WRITER]: 'write' } }],
    conversations: [...commonConversations(), ...cases.flatMap((one) => conversationsOf(one, marks))],
    ...SETTINGS,
  });
}

/** Of each kind that the promise names, how many calls it struck. */
function strikesOf(stage: Stage, cases: readonly ModelCase[]): ReadonlyMap<string, number> {
  const kinds = NAMED.filter((kind) => cases.some(({ bad }) => bad.fault.kind === kind));
  const struck = stage.model.requests().map(({ fault }) => fault);
  return new Map(kinds.map((kind) => [kind, struck.filter((one) => one === kind).length]));
}

interface End {
  readonly one: ModelCase;
  readonly number: number;
  readonly state: string;
  readonly reason: string | null;
  readonly costUsd: number;
  /** Calls that its kind of fault struck, for each case of it. */
  readonly strikes: number;
}

/** Of the task, or of the wait for it as soon as a limit is broken: what has none would not end by itself. */
async function endOf(
  stage: Stage,
  cases: readonly ModelCase[],
  one: ModelCase,
  number: number,
): Promise<End> {
  const { kind } = one.bad.fault;
  const alike = cases.filter(({ bad }) => bad.fault.kind === kind).length;
  return stage.until(async () => {
    const [newest] = await stage.tasks(number);
    if (newest === undefined) return false;
    const { state, reason, costUsd } = newest;
    const struck = stage.model.requests().filter(({ fault }) => fault === kind).length;
    const strikes = kind === 'slow' ? 0 : Math.ceil(struck / alike);
    const end = { one, number, state, reason, costUsd, strikes };
    return (TASK_ENDS.some((known) => known === state) || beyondLimits(end).length > 0) && end;
  });
}

function beyondLimits({ one, number, state, costUsd, strikes }: End): readonly string[] {
  const what = `${JSON.stringify(one.bad.fault)} ${one.times} times in ${one.job} (#${number}), ${state}`;
  return [
    ...(costUsd > BUDGET_USD ? [`$${costUsd} was spent: ${what}`] : []),
    ...(strikes > STRIKES_MAX ? [`${strikes} calls were struck for each: ${what}`] : []),
  ];
}

/** On GitHub, with the reason; answers what is wrong with it. */
async function problemsOf(stage: Stage, { one, number, state, reason }: End): Promise<readonly string[]> {
  const { job, bad, times, turn } = one;
  const what = `${JSON.stringify(bad.fault)} ${times} times at turn ${turn} of ${job} (#${number}): ${state}, ${reason}`;
  const problems: string[] = [];
  const check = (holds: boolean, problem: string): void =>
    void (holds || problems.push(`${problem}: ${what}`));
  if (isBorne(one) || STANDS_WITHOUT.includes(job)) check(state === 'done', 'not done');
  else if (job !== 'review') check(state !== 'done', 'done all the same');
  if (state !== 'done') check(bad.reason.test(reason ?? ''), 'another reason');
  const told = toldOf(await stage.snapshot(), number);
  if (!isBorne(one)) check(bad.reason.test(told), `not told:\n${told}\n`);
  return problems;
}

/** Everything that the crew says on an issue or pull request, and on the pull request that closes it. */
function toldOf({ comments, pulls, checkRuns, reviews }: RepoSnapshot, number: number): string {
  const pull = pulls.find((one) => one.number === number || (one.body ?? '').includes(`Closes #${number}`));
  const checks = checkRuns.filter(({ headSha }) => headSha === pull?.pull?.head.sha);
  return [
    ...comments.filter((one) => one.number === number).map(({ body }) => body),
    ...reviews.filter((one) => one.number === pull?.number).map(({ body }) => body),
    pull?.body ?? '',
    ...checks.map(({ title, summary }) => `${title}\n${summary}`),
  ].join('\n');
}

/** A command ran as often as a whole reply asked for it; answers how many did. */
async function expectWholeTools(stage: Stage, cases: readonly ModelCase[], marks: string): Promise<number> {
  let ran = 0;
  for (const { tag, bad, job, times, turn } of cases) {
    const asked = stage.model.requests().filter(({ conversation, fault, stopReason, body }) => {
      const whole = (fault === null || fault === 'slow') && stopReason === 'tool_use';
      return whole && conversation?.includes('qa-works') && JSON.stringify(body).includes(tag);
    });
    const lines = (await readFile(join(marks, tag.replace(';', '')), 'utf8').catch(() => '')).split('\n');
    for (const [at, mark] of MARKS.entries()) {
      const wanted = asked.filter((one) => one.turn === MARKING_TURN + at).length;
      const done = lines.filter((line) => line === mark).length;
      const what = `${bad.fault.kind} ${times} times at turn ${turn} of ${job}: ${mark}`;
      expect({ what, done }).toEqual({ what, done: wanted });
      ran += done;
    }
  }
  return ran;
}

async function leftInWorkspaces(stage: Stage): Promise<readonly string[]> {
  return readdir(join(stage.stateDir, 'workspaces', 'work'));
}
