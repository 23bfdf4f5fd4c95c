// The faults that the offline GitHub can be told to have. Held in memory: a restart is healthy.
import { z } from 'zod';

const when = {
  method: z.string().optional(),
  /** A regular expression over the path without /api/v3; git and GraphQL paths count too, and what GraphQL changes is `/graphql/mutation`. */
  path: z.string().optional(),
  /** How many requests it strikes; without it, every one. */
  times: z.number().int().positive().optional(),
  /** 0 to 1, drawn from the seeded sequence; without it, always. */
  probability: z.number().min(0).max(1).optional(),
};
const hookWhen = { event: z.string().optional(), times: when.times, probability: when.probability };

const faultSchema = z.discriminatedUnion('kind', [
  /** Answers `status` and does nothing; in `message`, `{authorization}` stands for the header that was sent. */
  z.object({
    kind: z.literal('error'),
    status: z.number().int().default(502),
    message: z.string().optional(),
    ...when,
  }),
  /** Does what was asked, then answers 502. */
  z.object({ kind: z.literal('lost-answer'), status: z.number().int().default(502), ...when }),
  z.object({
    kind: z.literal('limited'),
    status: z.union([z.literal(403), z.literal(429)]).default(403),
    retryAfterSeconds: z.number().int().default(1),
    ...when,
  }),
  z.object({ kind: z.literal('slow'), latencyMs: z.number().int(), ...when }),
  /** Closes the connection without an answer, before (or after) the effect. */
  z.object({ kind: z.literal('reset'), afterEffect: z.boolean().default(false), ...when }),
  /** GET requests, and queries of GraphQL, see the state of `lagMs` ago. */
  z.object({ kind: z.literal('lag'), lagMs: z.number().int().max(60_000), ...when }),
  z.object({ kind: z.literal('webhook-drop'), ...hookWhen }),
  z.object({ kind: z.literal('webhook-duplicate'), ...hookWhen }),
  z.object({ kind: z.literal('webhook-shuffle'), ...hookWhen }),
]);
export const faultsSchema = z.object({
  faults: z.array(faultSchema).max(100),
  seed: z.number().int().default(1),
});

export type Fault = z.input<typeof faultSchema>;
type ParsedFault = z.output<typeof faultSchema>;
export type RequestFault = Exclude<ParsedFault, { kind: `webhook-${string}` }>;

/** What faults have come to. */
export interface Harm {
  /** Writes that were done and not answered so. */
  lostAnswers: number;
  laggingReads: number;
}

interface Armed {
  readonly fault: ParsedFault;
  left: number;
}

export class Faults {
  #armed: Armed[] = [];
  #random = mulberry32(1);
  readonly #harm: Harm = { lostAnswers: 0, laggingReads: 0 };

  /** Replaces all faults; an empty list heals. */
  set(faults: readonly Fault[], seed = 1): void {
    const parsed = faultsSchema.parse({ faults, seed });
    this.#armed = parsed.faults.map((fault) => ({ fault, left: fault.times ?? Number.POSITIVE_INFINITY }));
    this.#random = mulberry32(parsed.seed);
  }

  list(): readonly ParsedFault[] {
    return this.#armed.filter((armed) => armed.left > 0).map((armed) => armed.fault);
  }

  /** The faults that strike this request; each one taken counts. */
  strike(method: string, path: string): RequestFault[] {
    const struck: RequestFault[] = [];
    for (const armed of this.#armed) {
      const { fault } = armed;
      if (!isRequestFault(fault)) continue;
      if (fault.method !== undefined && fault.method.toUpperCase() !== method) continue;
      if (fault.kind === 'lag' && method !== 'GET' && path !== '/graphql') continue;
      if (fault.path !== undefined && !new RegExp(fault.path).test(path)) continue;
      if (this.#take(armed)) struck.push(fault);
    }
    return struck;
  }

  /** To be told by whoever carries a fault out. */
  harmed(what: keyof Harm): void {
    this.#harm[what] += 1;
  }

  harm(): Readonly<Harm> {
    return { ...this.#harm };
  }

  webhook(event: string): 'drop' | 'duplicate' | null {
    for (const armed of this.#armed) {
      const { fault } = armed;
      if (fault.kind !== 'webhook-drop' && fault.kind !== 'webhook-duplicate') continue;
      if (fault.event !== undefined && fault.event !== event) continue;
      if (this.#take(armed)) return fault.kind === 'webhook-drop' ? 'drop' : 'duplicate';
    }
    return null;
  }

  /** The same array when order is to be kept. */
  shuffled<T>(items: T[]): T[] {
    const armed = this.#armed.find(({ fault }) => fault.kind === 'webhook-shuffle');
    if (!armed || items.length === 0 || !this.#take(armed)) return items;
    const order = items.map((item) => ({ item, key: this.#random() }));
    return order.sort((a, b) => a.key - b.key).map(({ item }) => item);
  }

  #take(armed: Armed): boolean {
    if (armed.left <= 0) return false;
    const { probability } = armed.fault;
    if (probability !== undefined && this.#random() >= probability) return false;
    armed.left -= 1;
    return true;
  }
}

function isRequestFault(fault: ParsedFault): fault is RequestFault {
  return !fault.kind.startsWith('webhook-');
}

/** A small seeded generator, so that a failing run can be repeated. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
