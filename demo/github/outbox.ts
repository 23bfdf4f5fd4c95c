// Delivers webhooks after the commit that recorded them. One attempt each, as GitHub does; whatever was not attempted when
// the process ended is attempted after the next start. Redelivery is by hand and keeps the GUID.
import { createHmac } from 'node:crypto';
import type { Faults } from './faults.ts';
import type { DeliveryDoc, HookDoc } from './records.ts';
import type { Store } from './state.ts';

interface OutboxOptions {
  readonly store: Store;
  readonly faults: Faults;
  readonly appId: number;
  readonly clock: () => Date;
}

const deliveryTimeoutMs = 10_000;
const inFlightLimit = 8;
const responseLimitChars = 10_000;
const shuffleWindowMs = 100;
/** GitHub never sends a payload above 25 MB. */
const payloadLimitBytes = 25 * 1024 * 1024;

export class Outbox {
  readonly #options: OutboxOptions;
  readonly #busy = new Set<number>();
  readonly #stop = new AbortController();
  #held: NodeJS.Timeout | null = null;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Starts every pending delivery there is room for; called after each commit and each attempt. */
  kick(): void {
    if (this.#stop.signal.aborted || this.#held) return;
    const { store, faults } = this.#options;
    const hook = store.get('hook', 1);
    if (!hook?.url) return;
    const room = inFlightLimit - this.#busy.size;
    if (room <= 0) return;
    const pending = store.list('delivery', (one) => one.state === 'pending' && !this.#busy.has(one.id));
    const shuffled = faults.shuffled(pending);
    if (shuffled !== pending) this.#holdBack(hook, shuffled);
    else for (const delivery of pending.slice(0, room)) this.#start(hook, delivery);
  }

  /** True when nothing waits or is being sent. */
  idle(): boolean {
    const waiting = this.#options.store.list('delivery', (one) => one.state === 'pending').length;
    return this.#busy.size === 0 && waiting === 0;
  }

  stop(): void {
    this.#stop.abort();
    if (this.#held) clearTimeout(this.#held);
  }

  /** Waits a moment so that there is something to put out of order. */
  #holdBack(hook: HookDoc, deliveries: readonly DeliveryDoc[]): void {
    this.#held = setTimeout(() => {
      this.#held = null;
      for (const delivery of deliveries.slice(0, inFlightLimit)) this.#start(hook, delivery);
      this.kick();
    }, shuffleWindowMs);
  }

  #start(hook: HookDoc, delivery: DeliveryDoc): void {
    if (this.#busy.has(delivery.id)) return;
    this.#busy.add(delivery.id);
    void this.#deliver(hook, delivery).finally(() => {
      this.#busy.delete(delivery.id);
      this.kick();
    });
  }

  async #deliver(hook: HookDoc, delivery: DeliveryDoc): Promise<void> {
    const fate = this.#options.faults.webhook(delivery.event);
    const outcome =
      fate === 'drop' || Buffer.byteLength(delivery.payload) > payloadLimitBytes
        ? ({ state: 'dropped', status: 'dropped' } as const)
        : await this.#attempt(hook, delivery);
    if (fate === 'duplicate') await this.#attempt(hook, delivery);
    if (this.#stop.signal.aborted) return;
    await this.#options.store.write((tx) => tx.put('delivery', { ...delivery, ...outcome }));
  }

  async #attempt(hook: HookDoc, delivery: DeliveryDoc): Promise<Partial<DeliveryDoc>> {
    const headers = this.#headers(hook, delivery);
    const startedMs = performance.now();
    const done = (rest: Partial<DeliveryDoc>): Partial<DeliveryDoc> => ({
      state: 'attempted',
      deliveredAt: this.#options.clock().toISOString(),
      durationMs: Math.round(performance.now() - startedMs),
      requestHeaders: headers,
      ...rest,
    });
    try {
      const response = await fetch(hook.url ?? '', {
        method: 'POST',
        headers,
        body: delivery.payload,
        redirect: 'manual',
        signal: AbortSignal.any([AbortSignal.timeout(deliveryTimeoutMs), this.#stop.signal]),
      });
      const body = (await response.text()).slice(0, responseLimitChars);
      return done({
        statusCode: response.status,
        status: response.ok ? 'OK' : `Invalid HTTP Response: ${response.status}`,
        responseHeaders: Object.fromEntries(response.headers),
        responseBody: body,
      });
    } catch (error) {
      const timedOut = error instanceof Error && error.name === 'TimeoutError';
      return done({
        statusCode: timedOut ? 504 : 502,
        status: timedOut ? 'timed out' : 'failed to connect to host',
      });
    }
  }

  #headers(hook: HookDoc, delivery: DeliveryDoc): Record<string, string> {
    const sign = (algorithm: string): string =>
      `${algorithm}=${createHmac(algorithm, hook.secret).update(delivery.payload).digest('hex')}`;
    return {
      accept: '*/*',
      'content-type': 'application/json',
      'user-agent': 'GitHub-Hookshot/0ff11e5',
      'x-github-delivery': delivery.guid,
      'x-github-event': delivery.event,
      'x-github-hook-id': String(hook.id),
      'x-github-hook-installation-target-id': String(this.#options.appId),
      'x-github-hook-installation-target-type': 'integration',
      ...(hook.secret === ''
        ? {}
        : { 'x-hub-signature': sign('sha1'), 'x-hub-signature-256': sign('sha256') }),
    };
  }
}
