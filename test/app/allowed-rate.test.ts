import { expect, it, vi } from 'vitest';
import { allowedRate } from '../../src/app/allowed-rate.ts';

it('allows so much in a minute, to each key by itself, and again when it is over', async () => {
  vi.useFakeTimers();
  const rate = allowedRate(2);

  const first = [await rate('a'), await rate('a'), await rate('a'), await rate('b')];
  vi.advanceTimersByTime(61_000);

  expect(first).toEqual([null, null, 60, null]);
  expect(await rate('a')).toBeNull();
  vi.useRealTimers();
});
