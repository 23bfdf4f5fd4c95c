/** A new role is one file: its queue is consumed and its subtask runs, with nothing else changed. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { loadRoles, shippedRolesDir } from '../../src/agents/roles.ts';
import type { Job } from '../../src/core/ports.ts';
import type { Queues } from '../../src/orchestrator/queues.ts';
import { openQueues } from '../../src/orchestrator/queues.ts';
import type { TestDatabase } from '../support/database.ts';
import { testDatabase } from '../support/database.ts';
import { implementTask, planAnswer } from '../support/records.ts';
import { silentLog } from '../support/silent-log.ts';
import type { TestCrew } from './crew.ts';
import { patch, testCrew } from './crew.ts';

const TRANSLATOR = `---
name: translator
title: Translator
tier: 2
purpose: Puts what people read into their languages.
produces: [work, review]
tools: [read, write, edit]
skills: []
paths: ["locales/**"]
limits:
  max_turns: 20
  max_output_tokens: 8000
  max_minutes: 10
  max_cost_usd: 1
---

Translate what a person would say, not word by word.
`;

let dir: string;
let database: TestDatabase;
let queues: Queues;
let crew: TestCrew;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hypercode-crew-roles-'));
  database = await testDatabase();
  queues = await openQueues({ connection: { kind: 'postgres', url: database.url }, log: silentLog });
});
afterEach(async () => {
  await queues.close();
  await crew?.end();
  await database.drop();
  await rm(dir, { recursive: true });
});

it('a role that was added as one file is given work in a plan, from a queue of its own', async () => {
  await writeFile(join(dir, 'translator.md'), TRANSLATOR);
  const roles = [...(await loadRoles([shippedRolesDir, dir])).values()];
  crew = await testCrew({ roles });
  crew.agents.set('plan', async () => ({ kind: 'plan', answer: planAnswer([{ role: 'translator' }]) }));
  const workedBy: string[] = [];
  crew.agents.set('S1', async ({ subtask }) => {
    workedBy.push(subtask.role);
    return patch('diff of S1');
  });
  const taken = new Map<string, Job[]>();
  for (const { name } of roles) {
    queues.consume(name, 1, async (job) => {
      taken.set(name, [...(taken.get(name) ?? []), job]);
      await crew.handle(job);
    });
  }
  queues.consume('steps', 2, (job) => crew.handle(job));
  crew.bell.ring = (jobs, options) => queues.ring(jobs, options);
  const { request } = implementTask();
  const config = { ...request.config, roles: roles.map(({ name }) => name) };

  const task = await crew.newTask({
    request: { ...request, approval: 'auto', config } as typeof request,
  });

  await vi.waitFor(async () => expect((await crew.records(task)).task.state).toBe('done'), {
    timeout: 15_000,
    interval: 50,
  });
  expect(workedBy).toEqual(['translator']);
  expect(taken.get('translator')).toHaveLength(1);
  expect([...taken.keys()].sort()).toEqual(['qa', 'security', 'strategist', 'translator']);
});
