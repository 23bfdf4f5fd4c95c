import { describe, expect, it } from 'vitest';
import { createIsolation, isDangerous } from '../../src/orchestrator/isolation.ts';

/** What has happened by the time that everything else had its turn. */
async function settled(promise: Promise<unknown>): Promise<'waits' | 'in' | 'gave up'> {
  const turn = new Promise<'waits'>((resolve) => setImmediate(() => resolve('waits')));
  return Promise.race([promise.then(() => 'in' as const).catch(() => 'gave up' as const), turn]);
}

describe('work in one process', () => {
  it('runs side by side, until a subtask under which workers died twice is to run: that runs alone', async () => {
    const isolation = createIsolation();
    const [first, second] = [await isolation.beside(), await isolation.beside()];

    const dangerous = isolation.alone();
    const later = isolation.beside();

    expect(await settled(dangerous)).toBe('waits');
    first();
    expect(await settled(dangerous)).toBe('waits');
    second();
    expect(await settled(dangerous)).toBe('in');
    expect(await settled(later)).toBe('waits');
    (await dangerous)();
    expect(await settled(later)).toBe('in');
    expect([0, 1, 2].map((losses) => isDangerous({ losses }))).toEqual([false, false, true]);
  });

  it('that waits to be alone keeps nobody waiting once it gives up', async () => {
    const isolation = createIsolation();
    await isolation.beside();
    const ending = new AbortController();
    const dangerous = isolation.alone(ending.signal);
    const later = isolation.beside();
    expect(await settled(later)).toBe('waits');

    ending.abort(new Error('stopped'));

    await expect(dangerous).rejects.toThrow('stopped');
    expect(await settled(later)).toBe('in');
    await expect(isolation.alone(ending.signal)).rejects.toThrow('stopped');
  });
});
