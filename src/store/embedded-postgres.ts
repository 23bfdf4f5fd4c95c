/**
 * A PostgreSQL from npm, for machines that have none. Several processes may use one directory: whoever comes first
 * starts the server, the others use it, and the one that started it stops it. A server whose starter was killed is
 * taken over by the next. No lock is needed: the first password and the first data directory stand, and PostgreSQL
 * itself lets only one server run on a data directory; whoever lost a race looks again and finds the winner's.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConfigError } from '../core/errors.ts';
import type { Log } from '../core/ports.ts';
import { type Binaries, findBinaries } from './embedded/binaries.ts';
import { ensureCluster, ensurePassword } from './embedded/cluster.ts';
import { launch } from './embedded/launch.ts';
import { type Location, locate } from './embedded/location.ts';
import { isOwner, ownerIsGone, takeOwnership } from './embedded/ownership.ts';
import {
  endPostmaster,
  findPostmaster,
  type Postmaster,
  urlOf,
  waitUntilReady,
} from './embedded/postmaster.ts';

export interface EmbeddedPostgres {
  readonly url: string;
  /** Ends the server, unless another living process started it. */
  stop(): Promise<void>;
  /** Ends the server, whoever started it, and removes its directory with all data. */
  remove(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  readonly dir: string;
  /** By default the port of last time, or a free one. */
  readonly port?: number;
  readonly log: Log;
  /** A running server that gives no answer for so long is ended and started anew; 30 s by default. */
  readonly stuckAfterMs?: number;
}

/** Together half a minute: so long the remains of a server that was killed may need to go away. */
const MAX_ROUNDS = 150;
const ROUND_PAUSE_MS = 200;
const STUCK_AFTER_MS = 30_000;

export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const location = await locate(options.dir);
  if (location.root !== location.dir) {
    options.log.warn(
      { dir: location.dir, data: location.data },
      'the user that PostgreSQL runs as cannot reach its directory: its data lies elsewhere',
    );
  }
  const password = await ensurePassword(location);
  const binaries = await findBinaries(location.user, location.programs);
  for (let round = 1; round <= MAX_ROUNDS; round += 1) {
    const running =
      (await adopt(location, password, options)) ?? (await start(location, binaries, password, options));
    if (running !== null) return handleOf(location, running, password);
    await sleep(ROUND_PAUSE_MS);
  }
  throw new ConfigError(
    `The embedded PostgreSQL in ${location.dir} did not come up in ${MAX_ROUNDS} attempts: see ${join(location.dir, 'server.log')}, or set DATABASE_URL.`,
  );
}

/** Null when none runs, or no longer. */
async function adopt(
  location: Location,
  password: string,
  { log, stuckAfterMs = STUCK_AFTER_MS }: EmbeddedPostgresOptions,
): Promise<Postmaster | null> {
  const found = await findPostmaster(location.data);
  if (found === null) return null;
  const state = await waitUntilReady(found, password, stuckAfterMs);
  if (state === 'gone') return null;
  if (state === 'refused') {
    throw new ConfigError(
      `The embedded PostgreSQL in ${location.dir} refuses the password in its file "password": restore that file, or remove the directory to start anew.`,
    );
  }
  if (state === 'silent') {
    log.warn(
      { pid: found.pid },
      'the embedded PostgreSQL runs but does not answer: it is ended and started anew',
    );
    await endPostmaster(found.pid, 0);
    return null;
  }
  if (await ownerIsGone(location, found.pid)) {
    await takeOwnership(location, found.pid);
    log.info(
      { pid: found.pid, port: found.port },
      'took over the embedded PostgreSQL of a process that is gone',
    );
  } else {
    log.info(
      { pid: found.pid, port: found.port },
      'uses the embedded PostgreSQL that another process started',
    );
  }
  return found;
}

/** Null when another process was faster, or the port was taken meanwhile. */
async function start(
  location: Location,
  binaries: Binaries,
  password: string,
  { log, port }: EmbeddedPostgresOptions,
): Promise<Postmaster | null> {
  await ensureCluster(location, binaries, password);
  const started = await launch(location, binaries, { password, port: port ?? null });
  if (started === null) return null;
  log.info({ pid: started.pid, port: started.port, data: location.data }, 'started the embedded PostgreSQL');
  return started;
}

function handleOf(location: Location, running: Postmaster, password: string): EmbeddedPostgres {
  return {
    url: urlOf(running.port, password),
    stop: async () => {
      if (await isOwner(location, running.pid)) await endPostmaster(running.pid);
    },
    remove: async () => {
      const found = await findPostmaster(location.data);
      if (found !== null) await endPostmaster(found.pid);
      await rm(location.root, { recursive: true, force: true });
      await rm(location.dir, { recursive: true, force: true });
    },
  };
}
