/** Opens the live view of a task more often than anybody may. */
import { expect } from 'vitest';
import { ask } from './raw-request.ts';

export interface Watched {
  /** Where the crew listens. */
  readonly url: string;
  /** Paths with their links: of the task that is watched too much, and of one that is not. */
  readonly task: string;
  readonly neighbour: string;
}

/** As often as it is allowed, and once more; answers how often it was shown. A slow machine comes into the next minute. */
export async function lookTooOften({ url, task, neighbour }: Watched, allowed: number): Promise<number> {
  let shown = 0;
  let answer = await ask(url, { method: 'HEAD', path: task });
  // A look at the head counts, and leaves nothing open.
  for (; answer.status === 200 && shown < 3 * allowed; shown += 1) {
    answer = await ask(url, { method: 'HEAD', path: task });
  }
  expect(answer.status).toBe(429);
  expect(answer.headers['retry-after']).toMatch(/^[1-9]\d?$/);
  expect((await ask(url, { path: neighbour })).status).toBe(200);
  return shown;
}

/** Leaves `allowed` streams open, and opens one more. */
export async function watchTooMuch({ url, task, neighbour }: Watched, allowed: number): Promise<void> {
  const open = new AbortController();
  const stream = (path: string) => fetch(`${url}${path}`, { signal: open.signal });
  try {
    for (let at = 0; at < allowed; at += 1) expect((await stream(task)).status).toBe(200);
    const refused = await stream(task);
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toMatch(/^[1-9]\d?$/);
    expect((await stream(neighbour)).status).toBe(200);
  } finally {
    open.abort();
  }
}
