/** Faults that a test can order: what goes wrong, for whom, and how often. The only state that a reply depends on. */

export type FaultKind =
  /** 429 with retry-after. */
  | 'rate-limit'
  /** 500. */
  | 'server-error'
  /** 529. */
  | 'overloaded'
  /** The connection is reset, after `afterEvents` events when streaming. */
  | 'reset'
  /** The stream ends cleanly after `afterEvents` events, without message_stop. */
  | 'cut'
  /** An `error` event (overloaded) after `afterEvents` events of a stream. */
  | 'stream-error'
  /** The answer's JSON, or a streamed tool input, ends in the middle; the stop reason says that all is well. */
  | 'truncated-json'
  | 'max-tokens'
  | 'refusal'
  /** A tool call instead of what the script says, every time that it is asked. */
  | 'endless-tools'
  /** A call of a tool that was not offered. */
  | 'unknown-tool'
  /** `delayMs` between events, or before an answer that is not streamed. */
  | 'slow'
  /** `status`, 400 unless said, in the API's words. */
  | 'refused'
  /** A page of HTML with `status`, 200 unless said, as a proxy in between answers. */
  | 'page'
  /** A whole message without any content. */
  | 'empty'
  /** A call of a tool that was offered, with an input that is none of its. */
  | 'wrong-input'
  /** Two calls with one id. */
  | 'one-id'
  /** Events that say nothing, without end, `delayMs` apart. */
  | 'endless-stream'
  /** Nothing is said, or nothing more after `afterEvents` events of a stream, and the connection stays. */
  | 'silence';

export interface Fault {
  readonly kind: FaultKind;
  /** How many requests it strikes; 1 unless said, Infinity for ever. */
  readonly times?: number;
  readonly role?: string;
  readonly job?: string;
  /** Strikes only where the first message holds this. */
  readonly says?: string;
  /** Strikes only this turn of a conversation; 1 is the first. */
  readonly turn?: number;
  readonly afterEvents?: number;
  readonly retryAfterS?: number;
  readonly delayMs?: number;
  readonly status?: number;
  /** Said to have been used for the reply, whatever its length. */
  readonly outputTokens?: number;
  /** At the end of each torn tool input; a third of it unless said. */
  readonly lostChars?: number;
}

/** Tool calls made by a fault carry it in their id, so that the script can tell them from its own turns. */
export const FAULT_ID_PREFIX = 'toolu_01fault';

export interface FaultTarget {
  readonly role: string;
  readonly job: string;
  readonly turn: number;
  readonly prompt: string;
}

export class Faults {
  #left: { readonly fault: Fault; times: number }[] = [];

  constructor(faults: readonly Fault[]) {
    this.set(faults);
  }

  set(faults: readonly Fault[]): void {
    this.#left = faults.map((fault) => ({ fault, times: fault.times ?? 1 }));
  }

  /** The first fault that strikes this request, used up once. */
  strike(target: FaultTarget): Fault | undefined {
    const hit = this.#left.find(
      ({ fault, times }) =>
        times > 0 &&
        (fault.role ?? target.role) === target.role &&
        (fault.job ?? target.job) === target.job &&
        (fault.turn ?? target.turn) === target.turn &&
        target.prompt.includes(fault.says ?? ''),
    );
    if (hit) hit.times -= 1;
    return hit?.fault;
  }
}
