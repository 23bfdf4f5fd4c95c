/**
 * Who works beside whom in one process. A job under which workers died again and again runs with nobody beside it: what it
 * takes down next time is itself alone, and whoever only stood beside it is not lost with it.
 */
import type { Subtask } from '../core/records.ts';

/** Once may be the machine's fault, or an update's: nobody is kept waiting for that. */
const LOSSES_TOGETHER = 1;

/** To be called when the work has ended, once. */
export type Leave = () => void;

export interface Isolation {
  /** Waits while somebody is alone here, or waits to be. Throws the signal's reason. */
  beside(signal?: AbortSignal): Promise<Leave>;
  /** Waits until nobody else works here. Throws the signal's reason. */
  alone(signal?: AbortSignal): Promise<Leave>;
}

/** Whether it must not run beside others; `losses`: leases that it lost with their worker. */
export function isDangerous({ losses }: Pick<Subtask, 'losses'>): boolean {
  return losses > LOSSES_TOGETHER;
}

export function createIsolation(): Isolation {
  return new Hall();
}

interface Waiting {
  readonly alone: boolean;
  enter(): void;
}

class Hall implements Isolation {
  #inside = 0;
  #isAlone = false;
  readonly #queue: Waiting[] = [];

  beside(signal?: AbortSignal): Promise<Leave> {
    return this.#wait(false, signal);
  }

  alone(signal?: AbortSignal): Promise<Leave> {
    return this.#wait(true, signal);
  }

  /** In the order of coming, so that whoever must be alone is not overtaken for ever. */
  #wait(alone: boolean, signal?: AbortSignal): Promise<Leave> {
    const entered = Promise.withResolvers<Leave>();
    const waiting: Waiting = { alone, enter: () => entered.resolve(this.#enter(alone)) };
    const giveUp = (): void => {
      const at = this.#queue.indexOf(waiting);
      if (at === -1) return;
      this.#queue.splice(at, 1);
      entered.reject(signal?.reason);
      this.#next();
    };
    this.#queue.push(waiting);
    if (signal?.aborted) giveUp();
    signal?.addEventListener('abort', giveUp, { once: true });
    this.#next();
    return entered.promise.finally(() => signal?.removeEventListener('abort', giveUp));
  }

  #enter(alone: boolean): Leave {
    this.#inside += 1;
    this.#isAlone = alone;
    return () => {
      this.#inside -= 1;
      this.#isAlone = false;
      this.#next();
    };
  }

  #next(): void {
    for (;;) {
      const [first] = this.#queue;
      const fits = first !== undefined && !this.#isAlone && (!first.alone || this.#inside === 0);
      if (!fits) return;
      this.#queue.shift();
      first.enter();
    }
  }
}
