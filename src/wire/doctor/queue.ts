/** Looks at Redis, where there is one. */
import { Redis } from 'ioredis';
import type { Config } from '../../config.ts';
import { errorMessage } from '../../core/errors.ts';
import type { Finding } from './finding.ts';
import { good, warning, wrong } from './finding.ts';

export async function examineQueue({ redisUrl }: Config): Promise<readonly Finding[]> {
  if (redisUrl === null) return [good('queue', 'carried by Postgres')];
  const redis = new Redis(redisUrl, {
    lazyConnect: true,
    maxRetriesPerRequest: 1,
    retryStrategy: () => null,
  });
  redis.on('error', () => {});
  try {
    await redis.connect();
    const policy = (await redis.config('GET', 'maxmemory-policy')) as string[];
    const aof = (await redis.config('GET', 'appendonly')) as string[];
    return [
      good('queue', 'Redis answers'),
      ...(policy[1] === 'noeviction'
        ? []
        : [warning('queue', `maxmemory-policy is ${policy[1]}`, 'Set it to noeviction.')]),
      ...(aof[1] === 'yes'
        ? []
        : [warning('queue', 'appendonly is off', 'Set appendonly yes: work resumes sooner after a crash.')]),
    ];
  } catch (error) {
    return [wrong('queue', `Redis: ${errorMessage(error)}`, 'Check REDIS_URL, and that Redis runs.')];
  } finally {
    redis.disconnect();
  }
}
