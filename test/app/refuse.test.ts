import { Hono } from 'hono';
import { afterEach, expect, it, vi } from 'vitest';
import { refuseUnread } from '../../src/app/ingest/refuse.ts';

const app = new Hono().post('/', (c) => refuseUnread(c, 413, 'too large'));
const large = { method: 'POST', headers: { 'content-length': '1000000' } };

afterEach(() => void vi.useRealTimers());

it('tells at once why a large body was left unread, and ends a while later', async () => {
  vi.useFakeTimers();
  const answer = await app.request('/', large);
  const text = answer.text();

  await vi.advanceTimersByTimeAsync(2_000);

  expect(JSON.parse(await text)).toEqual({ error: 'too large' });
  expect(vi.getTimerCount()).toBe(0);
});

it('waits for nobody who has hung up, before or after the answer', async () => {
  vi.useFakeTimers();
  for (const signal of [AbortSignal.abort(), new AbortController().signal]) {
    const answer = await app.request('/', { ...large, signal });
    await answer.body?.cancel();
  }

  // What still waits would close what is closed: nobody catches that, and the process ends.
  expect(vi.getTimerCount()).toBe(0);
  await vi.advanceTimersByTimeAsync(2_000);
});
