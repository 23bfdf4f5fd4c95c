/** Commits of a job as data, for whoever makes them elsewhere: each one's message, and the files that it changes, whole. */
import { isUtf8 } from 'node:buffer';
import { UserError } from '../../core/errors.ts';
import type { BlobMode, BuiltChange, BuiltCommit, BuiltCommits } from '../../core/workspace-ports.ts';
import type { Committed, MadeCommit } from './commit-patches.ts';
import { type GitCall, type GitMachine, git } from './git.ts';
import type { WorkspaceLimits } from './limits.ts';

interface Reading {
  readonly machine: GitMachine;
  readonly call: Pick<GitCall, 'gitDir' | 'signal' | 'timeoutMs'>;
  readonly limits: WorkspaceLimits;
}

interface Entry {
  readonly path: string;
  readonly mode: BlobMode;
  /** Null: the file is gone. */
  readonly blob: string | null;
}

const MODES: readonly string[] = ['100644', '100755', '120000'];
const NO_MODE = '000000';
/** Around each blob: its name, its type, its size. */
const BATCH_HEADER_BYTES = 100;

/** Throws UserError for what the API has no way to say: names that are no UTF-8. */
export async function builtCommits(reading: Reading, committed: Committed): Promise<BuiltCommits> {
  const { treeSha, baseTreeSha, made } = committed;
  const built = { baseTreeSha, treeSha };
  const { builtMaxFiles, builtMaxBytes } = reading.limits;
  const changed: { readonly commit: MadeCommit; readonly entries: readonly Entry[] }[] = [];
  let before = baseTreeSha;
  for (const commit of made) {
    changed.push({ commit, entries: await entriesBetween(reading, before, commit.treeSha) });
    before = commit.treeSha;
  }
  const entries = changed.flatMap((one) => one.entries);
  if (entries.length > builtMaxFiles)
    return { ...built, commits: [], tooLarge: tooMany(entries.length, 'files') };
  const blobs = [...new Set(entries.flatMap(({ blob }) => blob ?? []))];
  const bytes = await sizeOf(reading, blobs);
  if (bytes > builtMaxBytes) return { ...built, commits: [], tooLarge: tooMany(bytes, 'bytes') };
  const contents = await read(reading, blobs, bytes);
  const commits = changed.map(({ commit, entries: own }): BuiltCommit => {
    const changes = own.map((entry) => changeOf(entry, contents));
    const sorted = [
      ...changes.filter(({ kind }) => kind === 'delete'),
      ...changes.filter(({ kind }) => kind === 'put'),
    ];
    return { message: commit.message, treeSha: commit.treeSha, changes: sorted };
  });
  return { ...built, commits, tooLarge: null };
}

function tooMany(count: number, what: string): string {
  return `${count.toLocaleString('en-US')} ${what} are more than the API takes`;
}

async function entriesBetween(reading: Reading, from: string, to: string): Promise<readonly Entry[]> {
  const args = ['diff-tree', '-r', '-z', '--no-renames', '--no-abbrev', from, to, '--'];
  // Each character a byte, for git's names need not be UTF-8.
  const fields = (await git(reading.machine, args, reading.call)).toString('latin1').split('\0').slice(0, -1);
  const entries: Entry[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2)
    entries.push(entryOf(fields[at] ?? '', fields[at + 1] ?? ''));
  return entries;
}

/** `:<old mode> <new mode> <old blob> <new blob> <letter>`. https://git-scm.com/docs/git-diff-tree */
function entryOf(meta: string, rawPath: string): Entry {
  const bytes = Buffer.from(rawPath, 'latin1');
  const path = bytes.toString('utf8');
  if (!isUtf8(bytes)) {
    throw new UserError(`The name of the file \`${path}\` is not UTF-8: GitHub's API does not take it.`);
  }
  const [oldMode = '', newMode = '', , newBlob = ''] = meta.slice(1).split(' ');
  const gone = newMode === NO_MODE;
  return { path, mode: blobMode(gone ? oldMode : newMode, path), blob: gone ? null : newBlob };
}

function blobMode(mode: string, path: string): BlobMode {
  if (MODES.includes(mode)) return mode as BlobMode;
  throw new UserError(`\`${path}\` is a submodule: the crew changes none.`);
}

async function sizeOf(reading: Reading, blobs: readonly string[]): Promise<number> {
  const stdin = blobs.map((blob) => `${blob}\n`).join('');
  const args = ['cat-file', '--batch-check=%(objectsize)'];
  const printed = String(await git(reading.machine, args, { ...reading.call, stdin }));
  const sizes = printed.split('\n').filter((line) => line !== '');
  if (sizes.length !== blobs.length) throw new Error('git told other sizes than it was asked for');
  return sizes.reduce((sum, size) => sum + Number(size), 0);
}

async function read(
  reading: Reading,
  blobs: readonly string[],
  bytes: number,
): Promise<ReadonlyMap<string, Buffer>> {
  const stdin = blobs.map((blob) => `${blob}\n`).join('');
  const outputLimitBytes = bytes + (blobs.length + 1) * BATCH_HEADER_BYTES;
  const printed = await git(reading.machine, ['cat-file', '--batch'], {
    ...reading.call,
    stdin,
    outputLimitBytes,
  });
  const contents = new Map<string, Buffer>();
  let at = 0;
  for (const blob of blobs) {
    const end = printed.indexOf('\n', at);
    const [name, type, size] = printed.subarray(at, end).toString('latin1').split(' ');
    if (name !== blob || type !== 'blob') throw new Error(`git did not print the blob ${blob}`);
    const start = end + 1;
    contents.set(blob, printed.subarray(start, start + Number(size)));
    at = start + Number(size) + 1;
  }
  return contents;
}

function changeOf({ path, mode, blob }: Entry, contents: ReadonlyMap<string, Buffer>): BuiltChange {
  if (blob === null) return { kind: 'delete', path, mode };
  const content = contents.get(blob);
  if (content === undefined) throw new Error(`the blob ${blob} was not read`);
  return { kind: 'put', path, mode, content };
}
