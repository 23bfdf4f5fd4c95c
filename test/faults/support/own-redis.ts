/** A `redis-server` of a trial's own, without persistence, that can lose everything, die, and come back on its port. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePorts } from '../../../demo/free-ports.ts';
import { startRedis } from '../../support/redis.ts';

export interface OwnRedis {
  readonly url: string;
  /** How many it holds. */
  keys(): Promise<number>;
  /** Forgets all that it holds; connections stay. */
  flush(): Promise<void>;
  /** SIGKILL, and its end. */
  kill(): Promise<void>;
  /** A new one, empty, on the same port. */
  start(): Promise<void>;
  close(): Promise<void>;
}

export async function ownRedis(): Promise<OwnRedis> {
  const dir = await mkdtemp(join(tmpdir(), 'crew-own-redis-'));
  const [port = 0] = await freePorts(1);
  const url = `redis://127.0.0.1:${port}`;
  let server: ChildProcess | null = null;
  const kill = async (): Promise<void> => {
    const dying = server;
    server = null;
    if (dying === null || dying.exitCode !== null || dying.signalCode !== null) return;
    dying.kill('SIGKILL');
    await once(dying, 'exit');
  };
  const start = async (): Promise<void> => {
    server = await startRedis(dir, port);
  };
  await start();
  return {
    url,
    async keys() {
      const client = new Redis(url);
      const keys = await client.dbsize();
      client.disconnect();
      return keys;
    },
    async flush() {
      const client = new Redis(url);
      await client.flushall();
      client.disconnect();
    },
    kill,
    start,
    async close() {
      await kill();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
