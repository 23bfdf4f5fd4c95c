/**
 * Where an embedded server keeps what. The caller names one directory; started as root, the server runs as a user who
 * may not be able to reach it (a home that only root can read), and then the data lies elsewhere and a note stands in its place.
 */
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, readFile, realpath, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from '../../core/errors.ts';
import { canReach, type ServerUser, serverUser } from './server-user.ts';
import { writeOnce } from './write-once.ts';

export interface Location {
  /** Ours: password, port, owner and log. */
  readonly dir: string;
  /** Reachable by the server's user: its data, and its programs where the installed ones do not serve. */
  readonly root: string;
  readonly data: string;
  /** Null: the server runs as the user who runs this process. */
  readonly user: ServerUser | null;
  /** Where a copy of the programs may be put. */
  readonly programs: string;
}

const SHARED_DIRS = ['/var/lib/hypercode-crew', join(tmpdir(), 'hypercode-crew-root')];
const MOVED_NOTE = 'moved-to';

export async function locate(wanted: string): Promise<Location> {
  await mkdir(wanted, { recursive: true, mode: 0o711 });
  const dir = await realpath(wanted);
  const moved = await readFile(join(dir, MOVED_NOTE), 'utf8').catch(() => null);
  const root = moved ?? dir;
  if (!existsSync(root)) {
    throw new ConfigError(
      `The embedded PostgreSQL's data was in ${root} and is gone: restore it, or remove ${dir} to start anew.`,
    );
  }
  const user = await serverUser(join(root, 'data'));
  if (user === null) return { dir, root, data: join(root, 'data'), user, programs: root };
  if (moved === null) await chmod(dir, 0o755);
  if (await canReach(root, user))
    return { dir, root, data: join(root, 'data'), user, programs: await sharedDir() };
  return moveOut(dir, user);
}

/** The note is written once: of two processes that start at once, the second follows the first. */
async function moveOut(dir: string, user: ServerUser): Promise<Location> {
  const shared = await sharedDir();
  const made = await mkdtemp(join(shared, 'data-'));
  await chmod(made, 0o755);
  const root = await writeOnce(join(dir, MOVED_NOTE), made);
  if (root !== made) await rmdir(made);
  return { dir, root, data: join(root, 'data'), user, programs: shared };
}

/** For root alone; everyone may read, nobody else may write. */
async function sharedDir(): Promise<string> {
  let refusal: unknown = null;
  for (const candidate of SHARED_DIRS) {
    try {
      await mkdir(candidate, { recursive: true, mode: 0o755 });
      await chown(candidate, 0, 0);
      await chmod(candidate, 0o755);
      return candidate;
    } catch (error) {
      refusal = error;
    }
  }
  throw refusal;
}
