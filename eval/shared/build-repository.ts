/** Makes a repository out of folders of a case, a commit each, the same on every machine. */
import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { simpleGit } from 'simple-git';
import { ConfigError } from '../../src/core/errors.ts';

const GIT_TIMEOUT_MS = 30_000;
const FILES_MAX = 500;
const AUTHOR = 'Robin Vale <robin.vale@example.com>';
const BASE_TIME_SECONDS = 1_780_000_000;

/** What a machine's own settings might make different or refuse. */
const SETTINGS = ['init.defaultObjectFormat=sha1', 'safe.bareRepository=all', 'gc.auto=0'];

export interface CommitOfFolder {
  readonly ref: string;
  readonly folder: string;
  readonly message: string;
}

/** A bare repository, one commit upon the other. `into` must not exist yet, or be empty. */
export async function buildRepository(commits: readonly CommitOfFolder[], into: string): Promise<void> {
  const history = await Promise.all(
    commits.map((commit, index) => commitOf(commit, commits[index - 1], index)),
  );
  await mkdir(into, { recursive: true });
  const git = simpleGit({
    baseDir: into,
    config: SETTINGS,
    timeout: { block: GIT_TIMEOUT_MS },
    input: (args) => (args.includes('fast-import') ? Buffer.concat(history) : undefined),
  });
  await git.init(true, [`--initial-branch=${commits[0]?.ref ?? 'base'}`]);
  await git.raw(['fast-import', '--quiet']);
}

/** As https://git-scm.com/docs/git-fast-import takes it: exactly the files of `folder`. */
async function commitOf(
  { ref, folder, message }: CommitOfFolder,
  parent: CommitOfFolder | undefined,
  index: number,
): Promise<Buffer> {
  const when = `${BASE_TIME_SECONDS + index * 3_600} +0000`;
  const parts = [
    Buffer.from(`commit refs/heads/${ref}\nauthor ${AUTHOR} ${when}\ncommitter ${AUTHOR} ${when}\n`),
    dataOf(Buffer.from(`${message}\n`)),
    Buffer.from(parent === undefined ? '' : `from refs/heads/${parent.ref}\ndeleteall\n`),
  ];
  for (const path of await filesOf(folder)) {
    const file = join(folder, path);
    const mode = ((await stat(file)).mode & 0o100) === 0 ? '100644' : '100755';
    parts.push(Buffer.from(`M ${mode} inline ${JSON.stringify(path)}\n`), dataOf(await readFile(file)));
  }
  return Buffer.concat(parts);
}

/** With `/` on every machine, in one order. */
async function filesOf(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    throw new ConfigError(`${folder} cannot be read`, { cause: error });
  });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'));
  if (files.length > FILES_MAX) throw new ConfigError(`${folder} has more than ${FILES_MAX} files`);
  return files.sort();
}

function dataOf(content: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`data ${content.length}\n`), content, Buffer.from('\n')]);
}
