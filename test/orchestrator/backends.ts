/** The two backends that queues and events run on, as test files see them. */
import type { QueueConnection } from '../../src/orchestrator/queue-backend.ts';
import { testDatabase } from '../support/database.ts';
import { redisIsHere, testRedis } from '../support/redis.ts';

export interface TestBackend {
  readonly connection: QueueConnection;
  end(): Promise<void>;
}

export interface BackendCase {
  readonly title: string;
  readonly here: boolean;
  open(): Promise<TestBackend>;
}

export const BACKENDS: readonly BackendCase[] = [
  {
    title: 'on Postgres',
    here: true,
    async open() {
      const database = await testDatabase();
      return { connection: { kind: 'postgres', url: database.url }, end: () => database.drop() };
    },
  },
  {
    title: redisIsHere
      ? 'on Redis'
      : 'on Redis (NOT RUN: there is no redis-server on the path and REDIS_URL is not set)',
    here: redisIsHere,
    async open() {
      const redis = await testRedis();
      return { connection: { kind: 'redis', url: redis.url }, end: () => redis.stop() };
    },
  },
];
