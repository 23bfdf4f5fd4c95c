/** Keeps a worker's lease while it works, and tells it through a signal when the lease is gone. */
import { LeaseLostError, TransientError } from '../core/errors.ts';
import type { Clock, EventBus, Log } from '../core/ports.ts';
import type { Lease, Subtask } from '../core/records.ts';
import type { Store } from '../core/store-ports.ts';

export type Claimed = Subtask & { readonly lease: Lease };

export interface KeepLeaseOptions {
  readonly store: Store;
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly log: Log;
  readonly leaseMs: number;
  /** The process ends: work is handed back at once, for another to take up. */
  readonly shutdown?: AbortSignal;
}

export interface KeptLease {
  /** Aborts with a LeaseLostError when the subtask was stopped, taken over or could not be kept; with a TransientError when the process ends. */
  readonly signal: AbortSignal;
  stop(): void;
}

/** Renewals in the life of a lease: two may fail. */
const RENEWALS_A_LEASE = 3;

/** Renews regularly, and looks at once when an event tells that the subtask was stopped. Never throws. */
export function keepLease(options: KeepLeaseOptions, claimed: Claimed): KeptLease {
  const { bus, clock, leaseMs, log, shutdown, store } = options;
  const lost = new AbortController();
  const lose = (why: string): void => lost.abort(new LeaseLostError(`${claimed.key} ${why}`));
  let stopped = false;
  let keptUntilMs = Date.parse(claimed.lease.until);

  const renew = async (): Promise<void> => {
    const askedMs = clock.now().getTime();
    try {
      const kept = await store.subtasks.renew(claimed.id, claimed.lease.token, leaseMs);
      if (kept) keptUntilMs = askedMs + leaseMs;
      else if (!stopped) lose('was stopped or taken over');
    } catch (error) {
      log.warn({ err: error, subtask: claimed.key }, 'could not renew the lease');
      if (!stopped && clock.now().getTime() >= keptUntilMs)
        lose('could not be kept: the database did not answer');
    }
  };

  const timer = setInterval(() => void renew(), leaseMs / RENEWALS_A_LEASE);
  const subscription = bus
    .subscribe((event) => {
      if (!stopped && event.type === 'subtask.stopped' && event.subject === claimed.id) void renew();
    })
    .catch((error: unknown) => {
      log.warn({ err: error }, 'no live events: a stop is seen at the next renewal');
      return null;
    });
  const leave = (): void =>
    lost.abort(new TransientError('The worker is shutting down.', { retryAfterMs: 0 }));
  if (shutdown?.aborted) leave();
  shutdown?.addEventListener('abort', leave);
  return {
    signal: lost.signal,
    stop() {
      stopped = true;
      clearInterval(timer);
      shutdown?.removeEventListener('abort', leave);
      void subscription.then((unsubscribe) => unsubscribe?.()).catch(() => {});
    },
  };
}
