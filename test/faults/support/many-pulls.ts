/**
 * Many pull requests of one repository, to each of which the same is done, a step at a time, while GitHub's webhooks are held back;
 * and what became of each, in words that are the same for all where the same became of them.
 */
import type { Human } from '../../../demo/github/human.ts';
import type { RepoSnapshot } from '../../../demo/github/snapshot.ts';
import { hasMarker } from '../../../src/core/marker.ts';
import { tinyShop } from '../../support/tiny-shop.ts';
import { BOT, type EventStage } from './event-stage.ts';

export const MANY = 'acme/many';
const WRITER = 'mona';
const OUTSIDER = 'merci';
const SHA_CHARS = 40;
const MEMORIES_MAX = 1_000;
const TIME = /\d{4}-\d\d-\d\dT[\d:.]+Z/g;
const RULES = { roles: ['backend'], review: { pause_after: 0 } };

export const manyPulls = {
  name: MANY,
  files: tinyShop({ '.github/crew.yml': `${JSON.stringify(RULES)}\n` }),
  collaborators: { [WRITER]: 'write', [OUTSIDER]: 'read' },
} as const;

export interface ManyPull {
  readonly number: number;
  readonly branch: string;
  /** Ids of people's comments and commits that are of this one, with names that they have in common. */
  readonly names: Map<string, string>;
  /** The first comment of the thread in which the crew told a finding; null: there is none. */
  thread: number | null;
}

export type Deed = (pull: ManyPull, stage: EventStage) => Promise<unknown>;

export async function openPulls(
  stage: EventStage,
  count: number,
  label: string,
): Promise<readonly ManyPull[]> {
  const pulls: ManyPull[] = [];
  for (let at = 1; at <= count; at += 1) {
    const branch = `${label}-${at}`;
    const names = new Map<string, string>();
    await push(stage, { branch, names }, 'h0', 'export const gift = 1; // FAULT\n');
    const pull = { title: `Gifts ${at}`, head: branch, base: 'main' };
    const { number } = await stage.github.as(OUTSIDER).openPull(MANY, pull);
    pulls.push({ number, branch, names, thread: null });
  }
  return pulls;
}

async function push(
  { github }: EventStage,
  { branch, names }: Pick<ManyPull, 'branch' | 'names'>,
  name: string,
  text: string,
): Promise<void> {
  const files = { [`lib/${branch}-${name}.js`]: text };
  names.set(await github.as(WRITER).commit(MANY, { branch, message: name, files }), name);
}

export const pushes =
  (name: string): Deed =>
  (pull, stage) =>
    push(stage, pull, name, `export const ${name} = 1;\n`);

export const says =
  (login: string, name: string, text: string): Deed =>
  async ({ number, names }, { github }) =>
    names.set(String((await github.as(login).comment(MANY, number, text)).id), name);

export const does =
  (deed: (person: Human, number: number) => Promise<unknown>): Deed =>
  ({ number }, { github }) =>
    deed(github.as(WRITER), number);

/** A thread of each, as far as the crew has begun one. */
export async function findThreads({ github }: EventStage, pulls: readonly ManyPull[]): Promise<void> {
  const { reviewComments } = await github.snapshot(MANY);
  for (const pull of pulls) {
    pull.thread =
      reviewComments.find(({ number, user }) => number === pull.number && user === BOT)?.id ?? null;
  }
}

/** In the thread, where there is one. */
export const replies =
  (login: string, name: string, text: string): Deed =>
  async ({ number, names, thread }, { github }) => {
    if (thread === null) return;
    names.set(String((await github.as(login).reviewReply(MANY, number, thread, text)).id), name);
  };

export const resolves =
  (resolved: boolean): Deed =>
  async ({ number, thread }, { github }) => {
    if (thread !== null) await github.as(WRITER).resolveThread(MANY, number, thread, resolved);
  };

export interface EndState {
  /** `kind state head reason` */
  readonly tasks: readonly string[];
  /** `key state` */
  readonly effects: readonly string[];
  readonly findings: readonly string[];
  /** What was learned from it. */
  readonly memories: readonly string[];
  readonly paused: string | null;
  /** What stands on GitHub of ours: reactions, comments, reviews, check runs. */
  readonly shown: readonly string[];
}

export async function endStates(stage: EventStage, pulls: readonly ManyPull[]): Promise<readonly EndState[]> {
  const snapshot = await stage.github.snapshot(MANY);
  const states: EndState[] = [];
  for (const pull of pulls) states.push(await endState(stage, snapshot, pull));
  return states;
}

async function endState(
  { store, database }: EventStage,
  snapshot: RepoSnapshot,
  { number, names, thread }: ManyPull,
): Promise<EndState> {
  const of = { repositoryId: snapshot.repo.id, number };
  const tasks = await store.tasks.onSubject(of.repositoryId, number);
  const findings = await store.findings.ofPull(of);
  const memories = await store.memories.list(of.repositoryId, MEMORIES_MAX);
  const common = (text: string): string => {
    const ids = [...names].flatMap(([id, name]) =>
      id.length === SHA_CHARS
        ? [
            [id, name],
            [id.slice(0, 7), name],
          ]
        : [[id, name]],
    );
    const named = [
      ...ids,
      ...tasks.map(({ id, kind }) => [id, kind]),
      ...(thread === null ? [] : [[String(thread), 'thread']]),
      ...findings.map(({ fingerprint, title }) => [fingerprint, title]),
    ];
    const plain = text.replaceAll(TIME, 'then').replaceAll(new RegExp(`(?<=[:#])${number}\\b`, 'g'), 'N');
    return named.reduce(
      (all, [id, name = '']) => all.replaceAll(new RegExp(`\\b${id}\\b`, 'g'), name),
      plain,
    );
  };
  const { rows } = await database.pool.query<{ key: string; state: string }>(
    `select key, state from effects where task_id = any($1)
       or (repository_id = $2 and (action ->> 'number' = $3 or action #>> '{target,number}' = $3
            or action #>> '{target,commentId}' = any($4)))`,
    [tasks.map(({ id }) => id), of.repositoryId, String(number), [...names.keys()]],
  );
  return {
    tasks: tasks
      .map(({ kind, state, reason, request }) => {
        const head = request.kind === 'review' ? request.pullRequest.headSha : '';
        return common([kind, state, head, reason].filter((part) => part).join(' '));
      })
      .toSorted(),
    effects: rows.map(({ key, state }) => `${common(key)} ${state}`).toSorted(),
    findings: findings.map(({ title, state }) => `${title}: ${state}`).toSorted(),
    memories: memories
      .filter(({ evidence }) => evidence.number === number)
      .map(({ kind, text }) => common(`${kind}: ${text}`))
      .toSorted(),
    paused: (await store.watches.get(of)).paused,
    shown: shownOf(snapshot, number, names).map(common).toSorted(),
  };
}

function shownOf(snapshot: RepoSnapshot, number: number, names: ManyPull['names']): readonly string[] {
  const mine = <T extends { readonly number: number; readonly user: string }>(things: readonly T[]) =>
    things.filter((thing) => thing.number === number && thing.user === BOT);
  const heads = [...names.keys()];
  return [
    ...snapshot.reactions
      .filter(({ subject, user }) => user === BOT && names.has(String(subject)))
      .map(({ subject, content }) => `${content} on ${subject}`),
    ...mine(snapshot.comments).map(({ body }) =>
      hasMarker(body, 'progress:') ? 'progress' : firstLine(body),
    ),
    ...mine(snapshot.reviews).map(({ state, commitId }) => `${state} of ${commitId}`),
    ...mine(snapshot.reviewComments).map(({ body }) => firstLine(body)),
    ...snapshot.checkRuns
      .filter(({ headSha, app }) => heads.includes(headSha) && BOT.startsWith(app))
      .map(({ name, headSha, conclusion }) => `${name} of ${headSha}: ${conclusion}`),
  ];
}

function firstLine(body: string): string {
  return body.split('\n', 1)[0] ?? '';
}
