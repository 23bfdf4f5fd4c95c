/** PostgreSQL refuses to run as root: which user it runs as instead, and what that user can read. */
import { execFile } from 'node:child_process';
import { realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { ConfigError } from '../../core/errors.ts';

export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

/** `nobody` owns nothing by convention, and is there on every Unix; the database would be the first thing that it owns. */
const CANDIDATES = ['postgres', 'nobody'];

const run = promisify(execFile);

/** Null: as the user who runs this process. Data that exists already goes on belonging to its owner. */
export async function serverUser(dataDir: string): Promise<ServerUser | null> {
  if (process.getuid?.() !== 0) return null;
  const data = await stat(dataDir).catch(() => null);
  if (data !== null && data.uid !== 0) return { uid: data.uid, gid: data.gid };
  for (const name of CANDIDATES) {
    const [uid, gid] = await Promise.all([idOf('-u', name), idOf('-g', name)]);
    if (uid !== null && gid !== null && uid !== 0) return { uid, gid };
  }
  throw new ConfigError(
    `The embedded PostgreSQL cannot run as root, and there is no user ${CANDIDATES.join(' or ')} to run it as: add one, start the crew as an ordinary user, or set DATABASE_URL.`,
  );
}

/** Whether the user can pass through every directory above `path` and read it, by the modes. */
export async function canReach(path: string, user: ServerUser | null): Promise<boolean> {
  if (user === null) return true;
  let at = await realpath(path);
  if (!(await allows(at, user, 0o4))) return false;
  while (at !== dirname(at)) {
    at = dirname(at);
    if (!(await allows(at, user, 0o1))) return false;
  }
  return true;
}

async function allows(path: string, user: ServerUser, bit: number): Promise<boolean> {
  const { mode, uid, gid } = await stat(path);
  const shift = uid === user.uid ? 6 : gid === user.gid ? 3 : 0;
  return (mode & (bit << shift)) !== 0;
}

async function idOf(flag: '-u' | '-g', name: string): Promise<number | null> {
  const answer = await run('id', [flag, name]).catch(() => null);
  return answer === null ? null : Number(answer.stdout);
}
