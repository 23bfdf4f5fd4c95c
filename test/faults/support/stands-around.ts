/** What stands around workspaces and is nobody's to change: of the workspaces' own folder, of the origin, of the machine's settings. */
import { lstat, readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { changesBetween, standsIn } from './canary-tree.ts';

/** Objects come with every fetch. */
const OBJECTS = /^(?:mirrors\/\d+\.git\/)?objects(?:\/|$)/;
/** Of jobs: looked at by itself. */
const WORK = /^work(?:\/|$)/;
/** Branches and tags of the origin are what a hostile repository is made of. */
const REFS = /^(?:refs|packed-refs)(?:\/|$)/;
/** Where a program writes that wants to run again, or to be let in. */
const MACHINE = [
  ...['/etc', '/etc/cron.d', '/etc/profile.d', '/etc/ld.so.preload', '/var/spool/cron', '/usr/local/bin'],
  ...['.bashrc', '.profile', '.bash_profile', '.gitconfig', '.npmrc', '.ssh', '.config/git'].map((name) =>
    join(homedir(), name),
  ),
  ...['package.json', '.npmrc', '.git/config', '.git/hooks'].map((name) =>
    join(import.meta.dirname, '../../..', name),
  ),
];

export interface Around {
  /** As sentences. */
  changes(): Promise<readonly string[]>;
}

/** `root`: of the workspaces; `bare`: the repository that they are cloned from. */
export async function standsAround(root: string, bare: string): Promise<Around> {
  const look = async (): Promise<ReadonlyMap<string, string>> =>
    new Map([
      ...(await standsIn(root, (path) => OBJECTS.test(path) || WORK.test(path))),
      ...(await standsIn(bare, (path) => OBJECTS.test(path) || REFS.test(path))),
      ...(await Promise.all(MACHINE.map(async (path) => [path, await entriesOf(path)] as const))),
    ]);
  const before = await look();
  return { changes: async () => changesBetween(before, await look()) };
}

/** Size and time of what it is; of a folder, the names as well. Its content is nobody's business here. */
async function entriesOf(path: string): Promise<string> {
  const found = await lstat(path).catch(() => null);
  if (found === null) return 'nothing';
  const names = found.isDirectory() ? (await readdir(path).catch(() => [])).sort() : [];
  return `${found.ino} of ${found.size} bytes, ${found.mode.toString(8)}, ${found.mtime.toISOString()} ${names.join(' ')}`.trim();
}
