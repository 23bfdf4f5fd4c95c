/** A PostgreSQL of the trial's own, which can be ended as a machine or an operator ends one, frozen, and started again on its port. */
import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { locate } from '../../../src/store/embedded/location.ts';
import { findPostmaster } from '../../../src/store/embedded/postmaster.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../../src/store/embedded-postgres.ts';
import { silentLog } from '../../support/silent-log.ts';

export interface OwnPostgres {
  /** The same in every life. */
  readonly url: string;
  /** SIGINT: a fast shutdown. SIGQUIT: all processes at once, as in a crash. SIGKILL: of the first process alone. */
  end(signal: 'SIGINT' | 'SIGQUIT' | 'SIGKILL'): Promise<void>;
  start(): Promise<void>;
  /** Nothing answers and no connection breaks, until what is answered is called. */
  freeze(): Promise<() => void>;
  /** On a connection of its own. */
  query<Row extends pg.QueryResultRow>(text: string, values?: readonly unknown[]): Promise<readonly Row[]>;
  remove(): Promise<void>;
}

const LOOK_EVERY_MS = 20;

export async function ownPostgres(): Promise<OwnPostgres> {
  const dir = await mkdtemp(join(tmpdir(), 'crew-own-postgres-'));
  let server: EmbeddedPostgres = await startEmbeddedPostgres({ dir, log: silentLog });
  const { url } = server;
  const { data } = await locate(dir);
  const pid = async (): Promise<number> => {
    const found = await findPostmaster(data);
    if (found === null) throw new Error('PostgreSQL does not run');
    return found.pid;
  };
  return {
    url,
    async end(signal) {
      const main = await pid();
      const all = [main, ...(await childrenOf(main))];
      process.kill(main, signal);
      while ((await Promise.all(all.map(isRunning))).includes(true)) await delay(LOOK_EVERY_MS);
    },
    async start() {
      server = await startEmbeddedPostgres({ dir, log: silentLog, port: Number(new URL(url).port) });
      if (server.url !== url) throw new Error(`PostgreSQL came up as ${server.url}`);
    },
    async freeze() {
      const main = await pid();
      // First, so that it makes no more of those that serve.
      process.kill(main, 'SIGSTOP');
      const serving = await childrenOf(main);
      for (const one of serving) process.kill(one, 'SIGSTOP');
      return () => {
        for (const one of [main, ...serving]) process.kill(one, 'SIGCONT');
      };
    },
    async query(text, values = []) {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      try {
        return (await client.query(text, [...values])).rows;
      } finally {
        await client.end();
      }
    },
    remove: () => server.remove(),
  };
}

async function childrenOf(parent: number): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const parents = await Promise.all(
    pids.map(async (one) => ((await statusOf(one))?.parent === parent ? [one] : [])),
  );
  return parents.flat();
}

/** One that has ended and whose end nobody has taken note of does not run. */
async function isRunning(one: number): Promise<boolean> {
  const status = await statusOf(one);
  return status !== null && status.state !== 'Z';
}

async function statusOf(one: number): Promise<{ readonly state: string; readonly parent: number } | null> {
  const stat = await readFile(`/proc/${one}/stat`, 'utf8').catch(() => null);
  // The name, in parentheses, may hold anything.
  const [state = '', parent = ''] = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? [];
  return stat === null ? null : { state, parent: Number(parent) };
}
