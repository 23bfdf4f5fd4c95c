/** An agent run in a folder of its own: the port of workspaces over plain files, and what the run asked of it. */
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type Anthropic from '@anthropic-ai/sdk';
import { onTestFinished } from 'vitest';
import { type AgentRunnerOptions, createAgentRunner } from '../../src/agents/run-agent.ts';
import type { AgentHooks, AgentJob } from '../../src/core/agent-ports.ts';
import { LIST_PRICES } from '../../src/core/budget.ts';
import type { FileDiff } from '../../src/core/diff.ts';
import type { Clock, Log } from '../../src/core/ports.ts';
import type { Subtask, Task } from '../../src/core/records.ts';
import { createRedactor } from '../../src/core/redact.ts';
import type { LeftOut, SurveyedFile } from '../../src/core/result-records.ts';
import { ROLE_TOOLS, type Role } from '../../src/core/roles.ts';
import type { TranscriptStore } from '../../src/core/store-ports.ts';
import type { SkippedCommit, Workspace, WorkspaceRequest } from '../../src/core/workspace-ports.ts';
import { agentJob, implementTask, subtask } from '../support/records.ts';

export const SECRET = 'installation-secret-42';
const silent: Log = { info() {}, warn() {}, error() {}, debug() {}, child: () => silent };
/** Ends when it is told to, and never by itself. */
export const patient: Clock = {
  now: () => new Date(0),
  sleep: (_, signal) =>
    new Promise((resolve) => {
      signal?.addEventListener('abort', () => resolve(), { once: true });
    }),
};

export const role = (name: string, change: Partial<Role> = {}): Role => ({
  name,
  title: `The ${name}`,
  tier: 2,
  purpose: `Does ${name}.`,
  produces: ['work', 'review', 'answer', 'plan'],
  tools: ROLE_TOOLS,
  skills: [],
  paths: ['**'],
  limits: { maxTurns: 10, maxOutputTokens: 4_000, maxMinutes: 5, maxCostUsd: 1 },
  mandate: `You are the ${name}.`,
  ...change,
});

export interface World {
  readonly client: Anthropic;
  readonly task?: Task;
  readonly subtask?: Partial<Subtask>;
  readonly review?: AgentJob['review'];
  readonly files?: Readonly<Record<string, string>>;
  /** Files by `sha:path`. */
  readonly shown?: Readonly<Record<string, string>>;
  readonly changed?: readonly FileDiff[];
  readonly surveyed?: (from: string, to: string) => readonly SurveyedFile[];
  readonly patch?: string;
  readonly leftOut?: readonly LeftOut[];
  /** Commits that do not apply to a new base. */
  readonly skipped?: readonly SkippedCommit[];
  readonly openError?: Error;
  readonly hooks?: Partial<AgentHooks>;
  readonly options?: Partial<AgentRunnerOptions>;
}

/** An agent run over a folder, with what it asked of its surroundings. */
export async function agentWorld(world: World) {
  const dir = await mkdtemp(join(tmpdir(), 'crew-run-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(world.files ?? {})) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), text);
  }
  const seen = {
    opened: [] as Omit<WorkspaceRequest, 'signal'>[],
    compared: [] as string[],
    comparedPaths: [] as string[][],
    shownFrom: new Set<string>(),
    ran: [] as string[],
    closed: 0,
    transcripts: [] as Parameters<TranscriptStore['save']>[0][],
  };
  const workspace: Workspace = {
    dir,
    headSha: 'c'.repeat(40),
    treeSha: 'e'.repeat(40),
    commits: [],
    skipped: world.skipped ?? [],
    sandbox: 'on',
    diff: async () => ({ patch: world.patch ?? '', leftOut: world.leftOut ?? [] }),
    changedFiles: async (from, to) => world.surveyed?.(from, to) ?? [],
    compare: async (from, to, paths) => {
      seen.compared.push(`${from[0]}...${to[0]}`);
      seen.comparedPaths.push([...paths]);
      return (world.changed ?? []).filter(({ path }) => paths.includes(path));
    },
    log: async (sha, path) => `log of ${path ?? 'everything'} at ${sha[0]}`,
    blame: async (sha, path, first, last) => `blame of ${path} ${first} to ${last} at ${sha[0]}`,
    show: async (sha, path) => {
      seen.shownFrom.add(sha[0] ?? '');
      return world.shown?.[`${sha[0]}:${path}`] ?? null;
    },
    bytes: async () => null,
    list: async (sha, folder) => {
      seen.shownFrom.add(sha[0] ?? '');
      const start = `${sha[0]}:${folder}/`;
      const below = Object.keys(world.shown ?? {}).filter((key) => key.startsWith(start));
      return [...new Set(below.map((key) => key.slice(start.length).split('/')[0] ?? ''))];
    },
    run: (command, options) => {
      seen.ran.push(command);
      return runShell(dir)(command, options);
    },
    close: async () => {
      seen.closed += 1;
    },
  };
  const runner = createAgentRunner({
    client: world.client,
    roles: new Map(
      ['backend', 'database', 'strategist'].map((name) => [
        name,
        role(name, { tier: name === 'strategist' ? 1 : 2 }),
      ]),
    ),
    hiveMind: { standards: [{ name: 'shipped', description: 'd', body: 'Shipped rule.' }], skills: [] },
    workspaces: {
      open: async ({ signal: _, ...request }) => {
        seen.opened.push(request);
        if (world.openError) throw world.openError;
        return workspace;
      },
      commits: () => Promise.reject(new Error('an agent publishes nothing')),
      push: () => Promise.reject(new Error('an agent publishes nothing')),
    },
    prices: LIST_PRICES,
    models: { tier1: 'claude-opus-5-5', tier2: 'claude-sonnet-5-5' },
    transcripts: { save: async (transcript) => void seen.transcripts.push(transcript) },
    redactor: createRedactor({ secrets: [SECRET] }),
    clock: patient,
    log: silent,
    ...world.options,
  });
  const job = agentJob({
    task: world.task ?? implementTask(),
    subtask: subtask({ key: 'S1', kind: 'work', role: 'backend', ...world.subtask }),
    review: world.review ?? null,
  });
  const hooks: AgentHooks = {
    beforeTurn: async () => [],
    reserve: async () => {},
    afterTurn: async () => {},
    problemsWith: () => [],
    team: {
      send: async () => 'Sent.',
      board: async () => ({ subtasks: [], decisions: [] }),
      proposeStandard: async () => 'Proposed.',
    },
    signal: new AbortController().signal,
    ...world.hooks,
  };
  return { dir, seen, run: () => runner.run(job, hooks) };
}

/** A real process group, ended by the signal: what the workspace promises. */
function runShell(cwd: string): Workspace['run'] {
  return (command, { signal }) =>
    new Promise((resolve) => {
      const child = spawn('/bin/sh', ['-c', command], { cwd, detached: true });
      let output = '';
      child.stdout.on('data', (data) => {
        output += data;
      });
      signal.addEventListener('abort', () => process.kill(-(child.pid ?? 0), 'SIGKILL'), { once: true });
      child.on('close', (exitCode) => {
        resolve({ command, exitCode, timedOut: false, output, durationMs: 0, sandbox: 'off' });
      });
    });
}
