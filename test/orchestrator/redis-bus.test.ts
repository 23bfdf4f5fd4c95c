import { Redis } from 'ioredis';
import { expect, it, vi } from 'vitest';
import { createRedisBus } from '../../src/orchestrator/bus/redis-bus.ts';
import { ownRedis } from '../faults/support/own-redis.ts';
import { redisServerIsHere } from '../support/redis.ts';
import { silentLog } from '../support/silent-log.ts';

const SOON = { timeout: 10_000, interval: 20 };
const event = { seq: 1, at: '', actor: '', type: 'task.tried', taskId: null, subject: 'x', data: {} };

it.runIf(redisServerIsHere)(
  'the live events on Redis are caught up with later where that failed at first (needs redis-server)',
  async () => {
    const redis = await ownRedis();
    const client = new Redis(redis.url);
    const bus = createRedisBus({ url: redis.url, log: silentLog });
    const heard: string[] = [];
    try {
      // Subscribing succeeds, and reading the Stream does not.
      await client.set('crew:events', 'no stream');
      await expect(bus.subscribe(() => {})).rejects.toThrow('The live events cannot be reached.');
      await client.del('crew:events');

      await vi.waitFor(() => bus.subscribe(({ subject }) => void heard.push(subject)), SOON);
      await bus.publish([event]);

      await vi.waitFor(() => expect(heard).toEqual(['x']), SOON);
    } finally {
      client.disconnect();
      await bus.close();
      await redis.close();
    }
  },
);
