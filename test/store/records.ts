/** Records to start from, and a clock that a test sets. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { NewEffect } from '../../src/core/effect-ports.ts';
import type { Clock } from '../../src/core/ports.ts';
import type { AuditEvent, Repository, Task } from '../../src/core/records.ts';
import type { TaskConfig } from '../../src/core/request-records.ts';
import type { Result } from '../../src/core/result-records.ts';
import type { NewSubtask, NewTask, Store } from '../../src/core/store-ports.ts';
import { createStore } from '../../src/store/store.ts';
import { testDatabase } from '../support/database.ts';

export const repository: Repository = {
  id: 4_200_000_001,
  owner: 'octo',
  name: 'shop',
  installationId: 7,
  defaultBranch: 'main',
  private: false,
};

const config: TaskConfig = {
  checks: [],
  reviewSeverity: 'medium',
  reviewMaxComments: 10,
  failOn: null,
  requestChanges: null,
  approve: false,
  paths: [],
  pathInstructions: [],
  maxSubtasks: 8,
  roles: ['backend'],
  protectedPaths: [],
  commits: 'api',
  monthUsd: null,
};

export interface TestClock extends Clock {
  advance(ms: number): void;
}

export function testClock(start = '2026-11-22T12:00:00.000Z'): TestClock {
  let now = Date.parse(start);
  return {
    now: () => new Date(now),
    sleep: (ms) => sleep(ms),
    advance: (ms) => {
      now += ms;
    },
  };
}

export async function testStore(options: { readonly maxLosses?: number } = {}) {
  const database = await testDatabase();
  const clock = testClock();
  const committed: AuditEvent[] = [];
  const store = createStore({
    pool: database.pool,
    clock,
    newId: randomUUID,
    onCommitted: (events) => committed.push(...events),
    ...options,
  });
  return { store, clock, committed, pool: database.pool, url: database.url, drop: database.drop };
}

export function newTask(changes: Partial<NewTask> = {}): NewTask {
  return {
    kind: 'ask',
    repository,
    subject: { kind: 'issue', number: 5 },
    requestKey: randomUUID(),
    requester: 'ada',
    request: {
      kind: 'ask',
      question: 'Why?',
      role: null,
      commentId: 9,
      issue: { number: 5, title: 'T', body: 'B', author: 'ada', authorIsWriter: true, comments: [] },
      headSha: 'a'.repeat(40),
      baseSha: 'a'.repeat(40),
      config,
    },
    budgetUsd: 5,
    ...changes,
  };
}

export async function storedTask(store: Store, changes: Partial<NewTask> = {}): Promise<Task> {
  return (await store.tasks.create(newTask(changes), 'ada')).task;
}

export function newSubtask(key: string, changes: Partial<NewSubtask> = {}): NewSubtask {
  return {
    planId: null,
    key,
    kind: 'work',
    role: 'backend',
    title: `Do ${key}`,
    goal: 'It works.',
    acceptance: ['tests pass, "quoted"'],
    files: ['src/a.ts'],
    dependsOn: [],
    ...changes,
  };
}

/** Adds subtasks to a task and answers their ids, in order. */
export async function storedSubtasks(
  store: Store,
  taskId: string,
  subtasks: readonly NewSubtask[],
): Promise<readonly string[]> {
  await store.subtasks.add(taskId, subtasks);
  const stored = (await store.tasks.records(taskId))?.subtasks ?? [];
  return subtasks.map((wanted) => {
    const found = stored.find((subtask) => subtask.key === wanted.key);
    if (found === undefined) throw new Error(`no subtask ${wanted.key}`);
    return found.id;
  });
}

export function sticky(key: string, body: string, changes: Partial<NewEffect> = {}): NewEffect {
  return {
    key,
    taskId: null,
    repository,
    action: { kind: 'sticky_comment', number: 5, body },
    ...changes,
  };
}

export function result(outcome: Result['outcome'], costUsd = 0.25) {
  return {
    outcome,
    usage: {
      model: 'claude-sonnet-5-5',
      turns: 2,
      inputTokens: 10,
      outputTokens: 5,
      cacheReadTokens: 0,
      cacheWriteTokens: 0,
    },
    costUsd,
    durationMs: 1_200,
  };
}

export const answered = result({ kind: 'answer', answer: { answer: 'Because.' } });

/** Whether a transaction of this database waits for another one's lock. */
export async function isSomebodyWaiting(pool: pg.Pool): Promise<boolean> {
  const { rows } = await pool.query(
    `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  );
  return rows.length > 0;
}
