/** A Redis of a test file's own: REDIS_URL's, or a `redis-server` from the path on a free port, or none. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../../demo/free-ports.ts';

export interface TestRedis {
  readonly url: string;
  stop(): Promise<void>;
}

const START_TIMEOUT_MS = 10_000;

/** The titles of tests that need a server of their own say so when there is none. */
export const redisServerIsHere = spawnSync('redis-server', ['--version']).status === 0;
/** Whether tests on Redis can run here; their titles say so when not. */
export const redisIsHere = (process.env.REDIS_URL ?? '') !== '' || redisServerIsHere;

/** Of a given server, the database with the number of this test worker; nothing is emptied, so tests use names of their own. */
export async function testRedis(): Promise<TestRedis> {
  const given = process.env.REDIS_URL ?? '';
  if (given !== '') {
    const url = new URL(given);
    url.pathname = `/${process.env.VITEST_POOL_ID ?? '0'}`;
    return { url: url.href, stop: async () => {} };
  }
  const dir = await mkdtemp(join(tmpdir(), 'hypercode-crew-redis-'));
  const [port = 0] = await freePorts(1);
  const server = await startRedis(dir, port);
  return {
    url: `redis://127.0.0.1:${port}`,
    async stop() {
      const exited = once(server, 'exit');
      server.kill('SIGKILL');
      await exited;
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** A `redis-server` without persistence, once it takes connections. */
export async function startRedis(dir: string, port: number): Promise<ChildProcess> {
  const server = spawn(
    'redis-server',
    ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--save', '', '--appendonly', 'no'],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('redis-server did not start')), START_TIMEOUT_MS);
    server.stdout.on('data', (chunk: Buffer) => {
      if (!chunk.toString().includes('Ready to accept connections')) return;
      clearTimeout(timer);
      resolve();
    });
    server.once('exit', (code) => reject(new Error(`redis-server ended with ${code}`)));
  });
  return server;
}
