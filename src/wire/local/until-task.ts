/** Waits for a task to come to a point, beside whoever carries it forward. */
import type { TaskRecords } from '../../core/store-ports.ts';
import type { Foundation } from '../foundation.ts';

/** Beside the live events, for one that is lost. */
const LOOK_EVERY_MS = 1_000;

/** Agents' own limits end every task; this waits for as long as they take. Throws the signal's reason when it aborts. */
export async function untilTask(
  { bus, clock, store }: Pick<Foundation, 'bus' | 'clock' | 'store'>,
  taskId: string,
  signal: AbortSignal,
  isThere: (records: TaskRecords) => boolean,
): Promise<TaskRecords> {
  let look = new AbortController();
  const unsubscribe = await bus.subscribe((event) => {
    if (event.taskId === taskId && event.type.startsWith('task.')) look.abort();
  });
  try {
    for (;;) {
      signal.throwIfAborted();
      look = new AbortController();
      const records = await store.tasks.records(taskId);
      if (records === null) throw new Error(`task ${taskId} is gone`);
      if (isThere(records)) return records;
      await clock.sleep(LOOK_EVERY_MS, AbortSignal.any([signal, look.signal]));
    }
  } finally {
    await unsubscribe();
  }
}
