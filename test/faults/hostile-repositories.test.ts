/** A corpus of hostile repositories is cloned, reviewed and worked on in the real workspaces and sandbox: nothing is done outside, nothing stays. */
import { readdirSync, rmSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ToolError } from '@anthropic-ai/sdk/lib/tools/ToolError';
import { afterEach, beforeEach, describe, expect } from 'vitest';
import { createSandbox } from '../../src/agents/sandbox/sandbox.ts';
import { toldByGit } from '../../src/agents/tools/told-by-git.ts';
import { RunEndedError, TransientError, UserError } from '../../src/core/errors.ts';
import type { Workspace, Workspaces } from '../../src/core/workspace-ports.ts';
import { callIn } from '../agents/tool-calls.ts';
import { type Logged, Origin, patchOf, request, workspacesFor } from '../agents/workspace-fixture.ts';
import { BUBBLEWRAP_MISSING, hasBubblewrap } from '../support/bubblewrap.ts';
import { type CanaryTree, canaryTree } from './support/canary-tree.ts';
import { backToBase, HOSTILE, type Hostile } from './support/hostile-corpus.ts';
import { BOMB_BYTES } from './support/hostile-trees.ts';
import { leftProcesses } from './support/left-processes.ts';
import { type Around, standsAround } from './support/stands-around.ts';
import { trial } from './trial.ts';

const CANARY = 'canary-of-another-repository';
const DISK = { maxBytes: BOMB_BYTES, maxFiles: 60_000 };
/** Four times the limit gone from the file system end a command; half as much again is written until that is seen, and by others. */
const DISK_MAX_BYTES = 6 * DISK.maxBytes;
const LOOK_EVERY_MS = 100;

let origin: Origin;
let base: string;
let root: string;
let workspaces: Workspaces & { readonly root: string };
let beyond: CanaryTree;
let around: Around;
const logged: Logged[] = [];

describe.skipIf(!hasBubblewrap)(`hostile repositories${BUBBLEWRAP_MISSING}`, () => {
  beforeEach(async () => {
    origin = new Origin();
    base = origin.commit({ 'src/a.js': 'one\n', 'package.json': '{}\n' });
    const sandbox = await createSandbox({ mode: 'on', disk: DISK });
    const limits = { checkoutMaxFiles: 50_000, checkoutMaxBytes: 2 * BOMB_BYTES };
    workspaces = await workspacesFor(origin, { sandbox, lines: logged, limits });
    root = workspaces.root;
    await workspaces.open(request(base)).then((workspace) => workspace.close());
    beyond = await canaryTree(join(root, 'work/beyond'), CANARY);
    around = await standsAround(root, origin.bare);
  }, 60_000);
  afterEach(() => {
    logged.length = 0;
    origin?.remove();
    if (root) rmSync(root, { recursive: true, force: true });
  });

  trial(
    'no hostile repository has an effect outside its workspace, leaves a process, or fills the disk',
    {
      full: { repositories: HOSTILE.length, commandMs: 20_000 },
      short: { repositories: 3, commandMs: 2_000 },
      minutes: { full: 15 },
    },
    async ({ size, random, count }) => {
      const proof = `touch ${join(beyond.dir, 'PWNED')}`;
      const tried = random.shuffled(HOSTILE).slice(0, size.repositories);
      let [calls, ended, most, daemons] = [0, 0, 0, 0];
      for (const hostile of tried) {
        backToBase(origin, base);
        const head = hostile.commit(origin, proof, join(beyond.dir, 'written'));
        const watch = await watchMachine(hostile);
        const ends: End[] = [];
        try {
          ends.push(...(await review(head)), ...(await workOn(head, hostile, size.commandMs)));
        } finally {
          const { peakBytes, seen } = await watch.end();
          most = Math.max(most, peakBytes);
          daemons += seen;
          if (hostile.daemon !== undefined) expect.soft(seen, hostile.name).toBeGreaterThan(0);
        }

        calls += ends.length;
        ended += ends.filter((end) => end instanceof Error).length;
        expect.soft(ends.filter(isUntyped), hostile.name).toEqual([]);
        if (hostile.told) expect.soft(ends.map(String).join('\n'), hostile.name).toMatch(hostile.told);
        expect
          .soft(
            ends.map(String).filter((end) => end.includes(CANARY)),
            hostile.name,
          )
          .toEqual([]);
        expect.soft([...(await beyond.changes()), ...(await around.changes())], hostile.name).toEqual([]);
        expect.soft(readdirSync(join(root, 'work')), hostile.name).toEqual(['beyond']);
        expect.soft(most, hostile.name).toBeLessThan(DISK_MAX_BYTES);
        await expect.poll(() => left(hostile), { timeout: 10_000 }).toEqual([]);
      }
      count({
        repositories: tried.length,
        calls,
        'refused with a reason': ended,
        'daemons seen': daemons,
        'most MiB taken': Math.round(most / 1024 ** 2),
      });
      expect(logged.filter(({ message }) => message.includes('could not'))).toEqual([]);
    },
  );
});

type End = string | Error;

/** What a review does with a pull request from it. */
async function review(head: string): Promise<readonly End[]> {
  return await inWorkspace(request(head, { alsoShas: [base] }), async (workspace, end) => {
    const files = await end(() => workspace.changedFiles(base, head));
    const paths = Array.isArray(files) ? files.map(({ path }: { path: string }) => path) : [];
    await end(() => workspace.compare(base, head, paths.slice(0, 50)));
    await end(() => workspace.log(head, null));
    for (const path of [...paths.slice(0, 30), 'AGENTS.md', '.github/crew.yml']) {
      await end(() => toldByGit(() => workspace.log(head, path)));
      await end(() => toldByGit(() => workspace.blame(head, path, 1, 3)));
      await end(() => workspace.show(head, path));
      await end(() => workspace.list(head, path));
      await end(() => callIn(workspace.dir, 'read', { file_path: path }));
    }
    await end(() => callIn(workspace.dir, 'glob', { pattern: '**/*' }));
    await end(() => callIn(workspace.dir, 'grep', { pattern: 'canary' }));
  });
}

/** What an agent does that is as bad as it, and what is made of that. */
async function workOn(
  head: string,
  { runs = ['git status; true'], patienceMs = 0 }: Hostile,
  commandMs: number,
): Promise<readonly End[]> {
  return await inWorkspace(request(head), async (workspace, end) => {
    const { signal } = new AbortController();
    for (const run of runs) {
      const command = `export CREW_TRIAL_MARK=${root}\n${run}`;
      const timeoutMs = Math.max(commandMs, patienceMs);
      await end(() => workspace.run(command, { timeoutMs, signal }));
    }
    await end(() => callIn(workspace.dir, 'write', { file_path: 'made.txt', content: 'made\n' }));
    await end(() => callIn(workspace.dir, 'grep', { pattern: 'canary' }));
    const diff = await end(() => workspace.diff());
    if (!(diff instanceof Object && 'patch' in diff)) return;
    const wanted = { ...request(head), patches: [patchOf('S1', String(diff.patch))] };
    await end(() => workspaces.commits(wanted));
  });
}

type Ending = (act: () => Promise<unknown>) => Promise<unknown>;

async function inWorkspace(
  wanted: ReturnType<typeof request>,
  act: (workspace: Workspace, end: Ending) => Promise<void>,
): Promise<readonly End[]> {
  const ends: End[] = [];
  const end: Ending = async (call) => {
    const found = await call().catch((error: unknown) => error);
    ends.push(found instanceof Error ? found : (JSON.stringify(found) ?? ''));
    return found;
  };
  const workspace = (await end(() => workspaces.open(wanted).then(held))) as { readonly held?: Workspace };
  if (workspace.held === undefined) return ends;
  try {
    await act(workspace.held, end);
  } finally {
    await workspace.held.close();
  }
  return ends;
}

/** Of a workspace only that it was opened is told. */
function held(workspace: Workspace): object {
  return Object.defineProperty({ opened: true }, 'held', { value: workspace, enumerable: false });
}

function isUntyped(end: End): boolean {
  const typed = [UserError, TransientError, RunEndedError, ToolError];
  return end instanceof Error && !typed.some((kind) => end instanceof kind);
}

/** Of the time until its end: how much disk was taken at most, and how many daemons were there at most. */
async function watchMachine(
  hostile: Hostile,
): Promise<{ end(): Promise<{ readonly peakBytes: number; readonly seen: number }> }> {
  const before = await freeBytes();
  const ended = new AbortController();
  let [least, seen] = [before, 0];
  const watching = (async () => {
    while (!ended.signal.aborted) {
      least = Math.min(least, await freeBytes());
      if (hostile.daemon !== undefined) seen = Math.max(seen, daemonsOf(hostile.daemon));
      await delay(LOOK_EVERY_MS);
    }
  })();
  return {
    end: async () => {
      ended.abort();
      await watching;
      return { peakBytes: before - least, seen };
    },
  };
}

function daemonsOf(daemon: string): number {
  const sleeping = new RegExp(`^\\S+ ${daemon} $`);
  return left({ daemon }).filter((called) => sleeping.test(called)).length;
}

function left({ daemon }: Pick<Hostile, 'daemon'>): readonly string[] {
  return leftProcesses(root, daemon === undefined ? [] : [daemon]);
}

async function freeBytes(): Promise<number> {
  const { bavail, bsize } = await statfs(root);
  return bavail * bsize;
}
