/**
 * A warm workspace's opening against the same checkout by bare git commands (init, alternates, checkout), in turns
 * in one run, so that the ratio holds on a busy machine too.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { createSandbox, SYSTEM_PATH } from '../src/agents/sandbox/sandbox.ts';
import { createWorkspaces } from '../src/agents/workspace/workspaces.ts';
import type { Log } from '../src/core/ports.ts';

const FILES = 2_000;
const FILES_PER_FOLDER = 50;
const LINES_PER_FILE = 120;
const ROUNDS = 15;

export interface BenchResult {
  readonly title: string;
  readonly rows: readonly { readonly name: string; readonly medianMs: number }[];
  /** Ours by theirs; 1 is as fast as git alone. */
  readonly ratio: number;
}

/** Takes about ten seconds and leaves nothing behind. */
export async function run(): Promise<BenchResult> {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'bench-workspace-')));
  try {
    const { bare, sha } = makeRepository(dir);
    const openOurs = await oursIn(join(dir, 'ours'), bare, sha);
    await openOurs(); // Fills the mirror.
    const times: { ours: number[]; raw: number[] } = { ours: [], raw: [] };
    for (let round = 0; round < ROUNDS; round += 1) {
      times.raw.push(rawCheckout(join(dir, `raw-${round}`), bare, sha));
      times.ours.push(await openOurs());
    }
    const [ours, raw] = [median(times.ours), median(times.raw)];
    return {
      title: `warm workspace of ${FILES} files`,
      rows: [
        { name: 'open', medianMs: ours },
        { name: 'git init, alternates, checkout', medianMs: raw },
      ],
      ratio: ours / raw,
    };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Opens and closes a workspace; answers how long the opening took, in ms. */
async function oursIn(root: string, bare: string, sha: string): Promise<() => Promise<number>> {
  const log: Log = { info() {}, warn() {}, error() {}, debug() {}, child: () => log };
  const workspaces = await createWorkspaces({
    root,
    sandbox: await createSandbox({ mode: 'off' }),
    cloneAccess: { forReading: async () => ({ url: pathToFileURL(bare).href, token: null }) },
    log,
    clock: { now: () => new Date(), sleep: (ms) => sleep(ms) },
  });
  const repository = {
    id: 1,
    owner: 'o',
    name: 'n',
    installationId: 1,
    defaultBranch: 'main',
    private: false,
  };
  const signal = new AbortController().signal;
  return async () => {
    const started = performance.now();
    const workspace = await workspaces.open({
      repository,
      subtaskId: 'bench',
      baseSha: sha,
      patches: [],
      signal,
    });
    const took = performance.now() - started;
    await workspace.close();
    return took;
  };
}

function rawCheckout(dir: string, bare: string, sha: string): number {
  const started = performance.now();
  git(['init', '-q', '--template=', dir]);
  mkdirSync(join(dir, '.git/objects/info'), { recursive: true });
  writeFileSync(join(dir, '.git/objects/info/alternates'), `${bare}/objects\n`);
  git(['-C', dir, '-c', 'checkout.workers=2', 'checkout', '-q', '--detach', sha]);
  const took = performance.now() - started;
  rmSync(dir, { recursive: true });
  return took;
}

function makeRepository(dir: string): { readonly bare: string; readonly sha: string } {
  const [source, bare] = [join(dir, 'source'), join(dir, 'origin.git')];
  for (let file = 0; file < FILES; file += 1) {
    const folder = join(source, 'src', `part-${Math.floor(file / FILES_PER_FOLDER)}`);
    mkdirSync(folder, { recursive: true });
    const lines = Array.from(
      { length: LINES_PER_FILE },
      (_, line) => `export const value${line} = ${file * line};`,
    );
    writeFileSync(join(folder, `file-${file}.ts`), lines.join('\n'));
  }
  git(['init', '-q', '-b', 'main', source]);
  git(['-C', source, 'add', '.']);
  git(['-C', source, '-c', 'user.name=b', '-c', 'user.email=b@example.com', 'commit', '-q', '-m', 'b']);
  git(['clone', '-q', '--bare', source, bare]);
  return { bare, sha: git(['-C', bare, 'rev-parse', 'main']) };
}

function git(args: readonly string[]): string {
  const env = {
    PATH: SYSTEM_PATH,
    HOME: '/nonexistent',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
  };
  return execFileSync('git', args, { env }).toString().trim();
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
