/** A repository whose people go on while the crew is away, and what must become of all that they did. */
import { setTimeout as delay } from 'node:timers/promises';
import { type CrewParts, startParts } from '../../support/crew-parts.ts';
import type { TestDatabase } from '../../support/database.ts';
import type { Random } from '../../support/random.ts';
import { NO_LIMITS, UNPACED } from './unpaced.ts';

const REPOSITORY = 'orchard/cider';
/** May write; may label without writing. */
const WRITER = 'ines';
const HELPER = 'theo';
/** A machine that does other things at the same time keeps to no minutes of a tenth of a second. */
export const SHORT_WITHIN_MS = 60_000;
export const LOOK_EVERY_MS = 50;
/** For what is no target of the trial. */
const PATIENCE_MS = 240_000;

export interface Stage {
  readonly crew: CrewParts;
  readonly database: TestDatabase;
  readonly random: Random;
  readonly refused: number;
}

export function begin(dir: string, { url }: TestDatabase, recoverySeconds: number): Promise<CrewParts> {
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
      // GitHub counts by real minutes, of which the whole trial has three: what waits for its limits is another trial's.
      ...UNPACED,
    },
    github: { rateLimits: NO_LIMITS },
  });
}

interface Before {
  readonly closedIssue: number;
  readonly unlabelledIssue: number;
  readonly closedPull: number;
  readonly pushedPull: { readonly number: number; readonly branch: string };
}

/** Work that runs when the crew goes away. */
export async function beforeTheOutage(stage: Stage): Promise<Before> {
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

export interface Meanwhile {
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
export async function duringTheOutage(
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
  const either: (() => Promise<unknown>)[] = [
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
  ];
  const alwaysDropped: (() => Promise<unknown>)[] = [
    () => writer.closeIssue(REPOSITORY, before.closedIssue),
    () => writer.unlabel(REPOSITORY, before.unlabelledIssue, 'crew'),
    () => writer.closeIssue(REPOSITORY, before.closedPull),
    async () => {
      const headSha = await commit(crew, before.pushedPull.branch, 3);
      wanted.push({ kind: 'review', number: before.pushedPull.number, headSha });
    },
  ];
  const deeds = [
    ...random.shuffled(either).map((deed, at) => ({ deed, isDropped: at % 2 === 0 })),
    ...alwaysDropped.map((deed) => ({ deed, isDropped: true })),
  ];
  for (const { deed, isDropped } of random.shuffled(deeds)) {
    github.setFaults(isDropped ? [{ kind: 'webhook-drop' }] : []);
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

interface TaskRow {
  readonly kind: string;
  readonly number: number;
  readonly state: string;
  readonly head: string | null;
}

export function isOf(task: TaskRow, { kind, number, headSha }: Wanted): boolean {
  return task.kind === kind && task.number === number && (headSha === undefined || task.head === headSha);
}

export function tasksOf(stage: Stage): Promise<readonly TaskRow[]> {
  return rowsOf(
    stage,
    `select kind, subject_number as number, state, request -> 'pullRequest' ->> 'headSha' as head from tasks`,
  );
}

export async function rowsOf<Row>({ database }: Stage, text: string): Promise<readonly Row[]> {
  return (await database.pool.query(text)).rows;
}

export async function until(stage: Stage, look: () => Promise<boolean>): Promise<void> {
  const giveUpAt = Date.now() + PATIENCE_MS;
  while (!(await look())) {
    if (Date.now() > giveUpAt)
      throw new Error(`it did not come to that: ${look}\n${stage.crew.output().slice(-5_000)}`);
    await delay(LOOK_EVERY_MS);
  }
}
