/**
 * The orchestrator over a real store, with plain objects for what surrounds it: a doorbell that a test answers by hand, a
 * clock that it moves, agents that are functions, and a GitHub that takes every effect.
 */
import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import type { AgentHooks, AgentJob } from '../../src/core/agent-ports.ts';
import type { Finding } from '../../src/core/answers.ts';
import { noUsage } from '../../src/core/budget.ts';
import type { Job } from '../../src/core/ports.ts';
import { EMBEDDING_DIMENSIONS } from '../../src/core/ports.ts';
import type { Task } from '../../src/core/records.ts';
import type { Outcome } from '../../src/core/result-records.ts';
import type { Candidate } from '../../src/core/review/review-records.ts';
import type { Role } from '../../src/core/roles.ts';
import type { NewTask, Store, TaskRecords } from '../../src/core/store-ports.ts';
import { advance } from '../../src/orchestrator/advance.ts';
import { followEffect } from '../../src/orchestrator/follow-effect.ts';
import { createIsolation } from '../../src/orchestrator/isolation.ts';
import type { WorkOptions } from '../../src/orchestrator/work.ts';
import { work } from '../../src/orchestrator/work.ts';
import { createStore } from '../../src/store/store.ts';
import { testDatabase } from '../support/database.ts';
import {
  implementTask,
  inlineAnchor,
  planAnswer,
  replyTask,
  repository,
  reviewTask,
  surveyedFile,
} from '../support/records.ts';
import { silentLog } from '../support/silent-log.ts';
import type { Checkouts } from './surroundings.ts';
import { Bell, MemoryBus, TestClock, workspacesOf } from './surroundings.ts';

const BASE = 'a'.repeat(40);
export const LEASE_MS = 60_000;

export type Agent = (job: AgentJob, hooks: AgentHooks) => Promise<Outcome>;

export const usage = { ...noUsage('claude-sonnet-5-5'), turns: 1, inputTokens: 10, outputTokens: 5 };

export const patch = (text: string): Outcome => ({
  kind: 'patch',
  answer: { summary: `Wrote ${text}.`, decisions: [], checks: [], not_done: [] },
  patch: text,
  baseSha: BASE,
  leftOut: [],
  sandbox: 'on',
});

export function role(name: string, produces: Role['produces'], paths: readonly string[] = []): Role {
  return {
    name,
    title: `The ${name}`,
    tier: 2,
    purpose: '',
    produces,
    tools: [],
    skills: [],
    paths,
    limits: { maxTurns: 10, maxOutputTokens: 1_000, maxMinutes: 5, maxCostUsd: 1 },
    mandate: '',
  };
}

export const ROLES: readonly Role[] = [
  role('strategist', ['plan', 'answer']),
  role('backend', ['work', 'review'], ['server/**']),
  role('database', ['work', 'review'], ['db/**']),
  role('frontend', ['work', 'review'], ['web/**']),
  // Reviews alone: where QA may work, code adds a subtask of tests to the plan.
  role('qa', ['review'], ['test/**']),
];

/** With QA who works, an Architect and Security. */
export const FULL_CREW: readonly Role[] = [
  ...ROLES.filter(({ name }) => name !== 'qa'),
  role('qa', ['work', 'review'], ['test/**']),
  role('architect', ['work', 'review']),
  role('security', ['review', 'audit']),
];

/** Database first, then backend and frontend side by side. */
export const PLAN = planAnswer([
  { role: 'database' },
  { role: 'backend', depends_on: ['S1'] },
  { role: 'frontend', depends_on: ['S1'] },
]);

export interface TestCrew {
  readonly store: Store;
  readonly pool: Pool;
  readonly bell: Bell;
  readonly bus: MemoryBus;
  readonly clock: TestClock;
  /** By the subtask's key; each may be replaced by a test. */
  readonly agents: Map<string, Agent>;
  /** Keys in the order in which agents began and ended: `+S1`, `-S1`. */
  readonly diary: string[];
  readonly checkouts: Checkouts;
  /** Kinds of effects that GitHub refuses for good. */
  readonly refused: Set<string>;
  readonly working: WorkOptions;
  newTask(change?: Partial<NewTask>): Promise<Task>;
  approve(task: Task): Promise<void>;
  stop(task: Task): Promise<void>;
  retry(task: Task): Promise<void>;
  handle(job: Job): Promise<void>;
  /** Answers every ring that is due, those of a moment side by side, until the bell is silent. */
  settle(): Promise<void>;
  /** Answers rings until a job of this kind is due, and takes it. The checks before the change are run on the way. */
  next(step: Job['step']): Promise<Job>;
  records(task: Task): Promise<TaskRecords>;
  end(): Promise<void>;
}

export async function testCrew(
  options: {
    readonly roles?: readonly Role[];
    readonly working?: Partial<Pick<WorkOptions, 'probe' | 'redact'>>;
  } = {},
): Promise<TestCrew> {
  const database = await testDatabase();
  const bus = new MemoryBus();
  const clock = new TestClock();
  const bell = new Bell();
  const agents = new Map<string, Agent>();
  const diary: string[] = [];
  const checkouts: Checkouts = {
    baseExit: 0,
    checkExit: 0,
    checkOutput: 'ok 1',
    conflicts: () => null,
    folders: new Map([['.github/workflows', ['ci.yml']]]),
    changed: [surveyedFile('server/api.js'), surveyedFile('db/schema.sql')],
    diffs: [],
    texts: new Map([['package.json', '{"scripts":{"test":"node --test"}}']]),
    shown: [],
    compared: [],
  };
  const store = createStore({
    pool: database.pool,
    clock,
    newId: randomUUID,
    onCommitted: (events) => void bus.publish(events),
  });
  await store.repositories.save(repository);
  const crew: TestCrew = {
    store,
    pool: database.pool,
    bell,
    bus,
    clock,
    agents,
    diary,
    checkouts,
    refused: new Set(),
    working: {
      store,
      doorbell: bell,
      bus,
      clock,
      log: silentLog,
      isolation: createIsolation(),
      roles: options.roles ?? ROLES,
      redact: async (text) => text,
      owner: 'host/1/1',
      leaseMs: LEASE_MS,
      workspaces: workspacesOf(checkouts),
      probe: async () => ({ kind: 'answered', status: 200, body: '', cut: false }),
      embedder: { embed: async (texts) => texts.map(() => new Array(EMBEDDING_DIMENSIONS).fill(0)) },
      agents: {
        async run(job, hooks) {
          const agent = agents.get(job.subtask.key) ?? defaultAgent;
          diary.push(`+${job.subtask.key}`);
          const outcome = await agent(job, hooks);
          diary.push(`-${job.subtask.key}`);
          return { outcome, usage, costUsd: 0 };
        },
      },
      ...options.working,
    },
    newTask: (change) => newTask(crew, change),
    approve: (task) => approve(crew, task),
    async stop(task) {
      await store.transaction(async (tx) => {
        await tx.tasks.lock(task.id);
        await tx.tasks.move(task.id, 'stopped', { reason: 'Stopped by mona.', actor: 'mona' });
        await tx.subtasks.stopAll(task.id, 'mona');
      });
      await bell.ring([{ step: 'advance', taskId: task.id }]);
    },
    async retry(task) {
      await store.tasks.reopen(task.id, 'mona');
      await bell.ring([{ step: 'advance', taskId: task.id }]);
    },
    handle: (job) => handle(crew, job),
    settle: () => settle(crew),
    next: (step) => next(crew, step),
    async records(task) {
      const records = await store.tasks.records(task.id);
      if (records === null) throw new Error('no such task');
      return records;
    },
    async end() {
      await store.close();
      await database.drop();
    },
  };
  return crew;
}

/** What a reviewer answers who found this, each on the line that it names. */
export function findings(...found: readonly Finding[]): Outcome {
  return {
    kind: 'findings',
    answer: { summary: 'Read it all.', findings: [...found], earlier: [] },
    anchors: found.map(({ path, line }) => inlineAnchor({ path, line })),
    coverage: [],
  };
}

const confirm = ({ id, severity }: Candidate) =>
  ({ id, verdict: 'confirmed', severity, reason: 'It does.' }) as const;

/** Plans, works and answers at once, one turn of a cent each. */
const defaultAgent: Agent = async (job, hooks) => {
  await hooks.beforeTurn();
  await hooks.reserve(0.02);
  await hooks.afterTurn(usage, 0.01);
  switch (job.subtask.kind) {
    case 'plan':
      return { kind: 'plan', answer: PLAN };
    case 'audit':
      return { kind: 'audit', answer: { summary: 'Read it.', findings: [] }, unread: [] };
    case 'review':
      return findings();
    case 'refute':
      return { kind: 'refutation', answer: { verdicts: (job.review?.candidates ?? []).map(confirm) } };
    case 'reply':
      return { kind: 'reply', answer: { answer: 'It fails so.', verdict: 'stands', lesson: null } };
    case 'answer':
      return { kind: 'answer', answer: { answer: 'In `server/`.' } };
    default:
      return patch(`diff of ${job.subtask.key}`);
  }
};

async function newTask(crew: TestCrew, change: Partial<NewTask> = {}): Promise<Task> {
  const { kind, subject, requester, request, budgetUsd } = taskOf(change.kind);
  const { task } = await crew.store.tasks.create(
    { kind, repository, subject, requester, request, budgetUsd, requestKey: randomUUID(), ...change },
    'mona',
  );
  await crew.bell.ring([{ step: 'advance', taskId: task.id }]);
  return task;
}

function taskOf(kind: Task['kind'] = 'implement'): Task {
  return kind === 'review' ? reviewTask() : kind === 'reply' ? replyTask() : implementTask();
}

async function approve(crew: TestCrew, task: Task): Promise<void> {
  const { plan } = await crew.records(task);
  if (plan === null || !(await crew.store.plans.approve(task.id, plan.hash, 'mona')))
    throw new Error('nothing to approve');
  await crew.bell.ring([{ step: 'advance', taskId: task.id }]);
}

async function handle(crew: TestCrew, job: Job): Promise<void> {
  const { store, clock, bell: doorbell, working } = crew;
  switch (job.step) {
    case 'advance':
      return advance({ ...working, mostCostUsd: () => 0.5 }, job.taskId);
    case 'work':
      return work(working, job.subtaskId);
    case 'publish':
      await publish(crew, job.effectId);
      return followEffect({ store, doorbell, clock }, job.effectId);
    case 'dispatch':
      return undefined;
  }
}

async function publish({ store, refused }: TestCrew, effectId: string): Promise<void> {
  const claim = await store.effects.claim(effectId, 'host/1/1', LEASE_MS);
  if (claim === null) return;
  const { effect, token } = claim;
  if (refused.has(effect.action.kind)) {
    await store.effects.failed(effect.id, token, { error: 'no permission', dueAt: null, sent: 'no' });
    return;
  }
  const opened = effect.action.kind === 'open_pull_request' ? { number: 7 } : {};
  const outcome = { url: `https://github.test/${effect.action.kind}`, externalId: 1, ...opened };
  await store.effects.done(effect.id, token, effect.revision, outcome);
}

const RINGS_LIMIT = 500;

async function settle(crew: TestCrew): Promise<void> {
  for (let answered = 0; crew.bell.rings.some((ring) => ring.delayMs === 0); ) {
    const due = crew.bell.rings.filter((ring) => ring.delayMs === 0);
    crew.bell.rings = crew.bell.rings.filter((ring) => ring.delayMs > 0);
    answered += due.length;
    if (answered > RINGS_LIMIT) throw new Error('the bell does not fall silent');
    await Promise.all(due.map((ring) => crew.handle(ring.job)));
  }
}

async function isBefore({ store }: TestCrew, job: Job): Promise<boolean> {
  return job.step === 'work' && (await store.subtasks.get(job.subtaskId))?.key === 'before';
}

async function next(crew: TestCrew, step: Job['step']): Promise<Job> {
  for (let answered = 0; answered < RINGS_LIMIT; answered += 1) {
    const index = crew.bell.rings.findIndex((ring) => ring.delayMs === 0 && ring.job.step === step);
    const [found] = index === -1 ? [] : crew.bell.rings.splice(index, 1);
    if (found !== undefined) {
      if (!(await isBefore(crew, found.job))) return found.job;
      await crew.handle(found.job);
      continue;
    }
    const due = crew.bell.rings.findIndex((ring) => ring.delayMs === 0);
    const [ring] = due === -1 ? [] : crew.bell.rings.splice(due, 1);
    if (ring === undefined) throw new Error(`nobody rang for ${step}`);
    await crew.handle(ring.job);
  }
  throw new Error('the bell does not fall silent');
}
