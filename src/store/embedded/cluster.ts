/** The data directory of an embedded server and the password to it. */

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigError } from '../../core/errors.ts';
import type { Binaries } from './binaries.ts';
import type { Location } from './location.ts';
import { writeOnce } from './write-once.ts';

export const SUPERUSER = 'crew';

/** An empty environment: what runs as another user, for a long time, gets none of our secrets. */
export const SERVER_ENV = { LC_ALL: 'C', TZ: 'UTC' } as const;

const INITDB_TIMEOUT_MS = 120_000;

/** Made once, kept at 0600. */
export async function ensurePassword({ dir }: Location): Promise<string> {
  const path = join(dir, 'password');
  const stored = await readFile(path, 'utf8').catch(() => null);
  if (stored !== null) return stored.trim();
  return writeOnce(path, randomBytes(24).toString('base64url'));
}

/** Complete or absent: made under another name, then renamed, so that an initdb that was killed leaves no half of a database. */
export async function ensureCluster(location: Location, binaries: Binaries, password: string): Promise<void> {
  const version = await storedVersion(location.data);
  if (version !== null && version !== binaries.major) {
    throw new ConfigError(
      `${location.data} was made by PostgreSQL ${version}, and this version of the crew brings ${binaries.major}: dump it with the older version, or choose another directory.`,
    );
  }
  if (version !== null) return;
  const making = await mkdtemp(join(location.root, 'making-'));
  try {
    const passwordFile = join(making, 'password');
    const data = join(making, 'data');
    await writeFile(passwordFile, password, { mode: 0o600 });
    await chmod(making, 0o700);
    if (location.user !== null) {
      await chown(making, location.user.uid, location.user.gid);
      await chown(passwordFile, location.user.uid, location.user.gid);
    }
    await initdb(location, binaries, data, passwordFile);
    await rename(data, location.data).catch(acceptOther);
  } finally {
    await rm(making, { recursive: true, force: true });
  }
}

async function storedVersion(data: string): Promise<string | null> {
  try {
    return (await readFile(join(data, 'PG_VERSION'), 'utf8')).trim();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw new ConfigError(
      `${data} cannot be read: it belongs to another user. Start the crew as that user, or choose another directory.`,
      { cause: error },
    );
  }
}

async function initdb(
  { user }: Location,
  binaries: Binaries,
  data: string,
  passwordFile: string,
): Promise<void> {
  const child = spawn(
    binaries.initdb,
    [
      `--pgdata=${data}`,
      `--username=${SUPERUSER}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--no-instructions',
    ],
    { ...user, cwd: '/', env: SERVER_ENV, stdio: ['ignore', 'pipe', 'pipe'], timeout: INITDB_TIMEOUT_MS },
  );
  const output: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => output.push(text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => output.push(text));
  const ended = Promise.withResolvers<string>();
  child.once('error', ended.reject);
  child.once('close', (code, signal) => ended.resolve(String(code ?? signal)));
  const status = await ended.promise;
  if (status === '0') return;
  throw new ConfigError(
    `The embedded PostgreSQL could not make its data directory (initdb: ${status}):\n${output.join('').trim()}`,
  );
}

/** Another process made it meanwhile, with the same password. */
function acceptOther(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
}
