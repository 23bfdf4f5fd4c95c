/** The events of one task, as server-sent events: what happened since the last one seen, then each as it comes. */
import type { SSEStreamingApi } from 'hono/streaming';
import { errorMessage } from '../../core/errors.ts';
import { liveLine } from '../../core/messages/live.ts';
import { isEnded } from '../../core/next-steps.ts';
import type { LiveOptions } from './live.ts';
import { shownTask } from './shown-task.ts';

/** Of the trail, in one look. */
const EVENTS_AT_ONCE = 200;
/** A lost ring of the bus costs no more than this. */
const LOOK_EVERY_MS = 5_000;
/** The browser comes back with the last event that it saw. */
const STREAM_MAX_MS = 10 * 60_000;

/** Ends with the task, with the reader, with the process, or after a while. */
export async function sendEvents(
  options: LiveOptions,
  taskId: string,
  after: number,
  stream: SSEStreamingApi,
): Promise<void> {
  const { store, bus, redactor, clock, log, signal } = options;
  const gone = new AbortController();
  stream.onAbort(() => gone.abort());
  const ending = AbortSignal.any([signal, gone.signal]);
  let news = new AbortController();
  const unsubscribe = await bus
    .subscribe((event) => {
      if (event.taskId === taskId) news.abort();
    })
    .catch((error: unknown) => {
      log.warn({ error: errorMessage(error) }, 'the live view looks for events by itself');
      return async () => {};
    });
  const until = clock.now().getTime() + STREAM_MAX_MS;
  let last = after;
  try {
    while (!ending.aborted && clock.now().getTime() < until) {
      news = new AbortController();
      const task = await shownTask(options, taskId);
      if (task === null) return;
      const events = await store.events.ofTask(taskId, { after: last, limit: EVENTS_AT_ONCE });
      for (const event of events) {
        const line = liveLine(event);
        const data = JSON.stringify({ line: line === null ? null : await redactor.redactAll(line) });
        await stream.writeSSE({ id: String(event.seq), data });
        last = event.seq;
      }
      if (events.length === EVENTS_AT_ONCE) continue;
      if (events.length === 0 && isEnded(task) && isSettled(task, clock.now())) {
        await stream.writeSSE({ event: 'end', data: '' });
        return;
      }
      await clock.sleep(LOOK_EVERY_MS, AbortSignal.any([ending, news.signal]));
    }
  } finally {
    await unsubscribe();
  }
}

/** What GitHub is told of the end comes after it. */
const SETTLED_MS = 60_000;

function isSettled({ finishedAt }: { readonly finishedAt: string | null }, now: Date): boolean {
  return finishedAt !== null && Date.parse(finishedAt) + SETTLED_MS < now.getTime();
}
