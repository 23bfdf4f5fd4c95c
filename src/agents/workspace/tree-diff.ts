/** The work tree's changes against its commit, as a patch that `git apply` takes and JSON can carry. */
import { isUtf8 } from 'node:buffer';
import { copyFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../core/errors.ts';
import { parseDiff } from '../../core/parse-diff.ts';
import type { TreeDiff } from '../../core/workspace-ports.ts';
import { patchTooLarge } from '../patch-too-large.ts';
import { changedPaths, type TreeToRead } from './changed-paths.ts';
import { type GitCall, git, tryGit } from './git.ts';
import { ignoreRulesAtRoot } from './ignore-rules.ts';

export const DIFF_OPTIONS = [
  ...[
    '--no-color',
    '--no-ext-diff',
    '--no-textconv',
    '--full-index',
    '-M',
    '--submodule=short',
    '--ignore-submodules=dirty',
  ],
  ...['--src-prefix=a/', '--dst-prefix=b/'],
];
/** Attributes of the repository that would hide a file's text are undone; conversions of line ends stay. */
export const ATTRIBUTES = '* !diff !filter !merge\n';
const IGNORE_FILES_MAX = 200;

/** Throws RunEndedError (`limit_reached`) above the limits. Reads with an index of its own, so it can be asked again. */
export async function diffTree(read: Omit<TreeToRead, 'indexFile'>, headSha: string): Promise<TreeDiff> {
  const indexFile = join(read.gitDir, 'diff-index');
  await copyIndex(join(read.gitDir, 'index'), indexFile);
  const call: GitCall = {
    gitDir: read.gitDir,
    workTree: read.tree,
    indexFile,
    timeoutMs: read.limits.gitTimeoutMs,
  };
  try {
    await writeBaseRules(read, call, headSha);
    const { included, leftOut } = await changedPaths({ ...read, indexFile });
    if (included.length === 0) return { patch: '', leftOut };
    const stdin = `${included.join('\0')}\0`;
    await git(read.machine, ['update-index', '-z', '--add', '--remove', '--replace', '--stdin'], {
      ...call,
      stdin,
    });
    return { patch: await patchOf(read, call, headSha), leftOut };
  } finally {
    await rm(indexFile, { force: true });
  }
}

/** A copy made later than a file's change would hide it: git compares the two times, in whole seconds. */
async function copyIndex(from: string, to: string): Promise<void> {
  await copyFile(from, to);
  const { atime, mtime } = await stat(from);
  await utimes(to, atime, new Date(Math.floor(mtime.getTime() / 1_000) * 1_000));
}

async function patchOf(read: Omit<TreeToRead, 'indexFile'>, call: GitCall, headSha: string): Promise<string> {
  await writeFile(join(read.gitDir, 'info', 'attributes'), ATTRIBUTES);
  const bytes = await diffIndex(read, call, headSha);
  const unreadable = sectionsOf(bytes).filter((section) => !isUtf8(section) || section.includes(0));
  if (unreadable.length === 0) return bytes.toString('utf8');
  // A patch is kept as text; what is no UTF-8, or holds NUL, goes into it as binary data.
  const paths = unreadable.flatMap((section) => parseDiff(section.toString('utf8')).map((file) => file.path));
  const asBinary = paths.map((path) => `${attributePattern(path)} -diff\n`).join('');
  await writeFile(join(read.gitDir, 'info', 'attributes'), ATTRIBUTES + asBinary);
  const again = await diffIndex(read, call, headSha);
  await writeFile(join(read.gitDir, 'info', 'attributes'), ATTRIBUTES);
  if (!isUtf8(again) || again.includes(0))
    throw new UserError('The work changed files whose content cannot be kept as a patch.');
  return again.toString('utf8');
}

async function diffIndex(
  read: Omit<TreeToRead, 'indexFile'>,
  call: GitCall,
  headSha: string,
): Promise<Buffer> {
  const outputLimitBytes = read.limits.diffMaxBytes;
  const args = ['diff', '--cached', '--binary', ...DIFF_OPTIONS, headSha, '--'];
  const result = await tryGit(read.machine, args, { ...call, outputLimitBytes });
  if (result.truncated) {
    throw patchTooLarge(outputLimitBytes);
  }
  if (result.exitCode !== 0) throw new Error(`git diff failed: ${result.stderr}`);
  return result.stdout;
}

/** One part per file: inside a file no line starts like this, for lines of content have a marker in front. */
function sectionsOf(patch: Buffer): readonly Buffer[] {
  const starts: number[] = [];
  for (let at = 0; at !== -1 && at < patch.length; ) {
    if (patch.subarray(at, at + 11).toString('latin1') === 'diff --git ') starts.push(at);
    const next = patch.indexOf('\ndiff --git ', at);
    at = next === -1 ? -1 : next + 1;
  }
  return starts.map((start, at) => patch.subarray(start, starts[at + 1] ?? patch.length));
}

/** The path and nothing else, in the quotes that gitattributes takes. */
function attributePattern(path: string): string {
  const literal = `/${path}`.replace(/[\\*?[\]]/g, '\\$&');
  const quoted = [...Buffer.from(literal)].map((byte) =>
    byte < 33 || byte > 126 || byte === 34 || byte === 92
      ? `\\${byte.toString(8).padStart(3, '0')}`
      : String.fromCharCode(byte),
  );
  return `"${quoted.join('')}"`;
}

/** What the commit ignores stays ignored; the tree's own files may add to it. */
async function writeBaseRules(
  read: Omit<TreeToRead, 'indexFile'>,
  call: GitCall,
  headSha: string,
): Promise<void> {
  const listed = await git(read.machine, ['ls-files', '-z', '--', ':(glob)**/.gitignore'], {
    ...call,
    env: {},
  });
  const paths = listed
    .toString('utf8')
    .split('\0')
    .filter((path) => path !== '')
    .slice(0, IGNORE_FILES_MAX);
  const rules: string[] = [];
  for (const path of paths.sort((a, b) => a.length - b.length)) {
    const blob = await tryGit(read.machine, ['cat-file', 'blob', `${headSha}:${path}`], call);
    const dir = path.slice(0, -'.gitignore'.length).replace(/\/$/, '');
    if (blob.exitCode === 0) rules.push(...ignoreRulesAtRoot(dir, blob.stdout.toString('utf8')));
  }
  await writeFile(join(read.gitDir, 'info', 'exclude'), [...rules, 'node_modules/', ''].join('\n'));
}
