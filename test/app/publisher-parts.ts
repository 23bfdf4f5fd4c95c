/** A publisher over a ledger of one process's memory, with everything that it reports kept for inspection. */
import type { GitHubClients } from '../../src/app/github/clients.ts';
import { createPublisher, type PublisherParts } from '../../src/app/publisher/publish.ts';
import type { EffectStore } from '../../src/core/effect-ports.ts';
import type { Effect, EffectAction } from '../../src/core/effect-records.ts';
import { repository } from '../support/records.ts';
import { type LogLine, recordingLog, type TestClock, testClock } from './github-parts.ts';

export const BASE_SHA = 'a'.repeat(40);
export const HEAD_SHA = 'b'.repeat(40);
export const TREE_SHA = 'e'.repeat(40);

export interface Ledger {
  readonly effects: Pick<EffectStore, 'claim' | 'done' | 'failed' | 'waiting'>;
  readonly failures: {
    readonly error: string;
    readonly dueAt: string | null;
    readonly sent: 'no' | 'maybe';
  }[];
  effect(): Effect;
  /** As if another process had died while it was sending. */
  leaveInDoubt(): void;
  revise(action: EffectAction): void;
}

/** One effect, with the ledger's rules about leases, doubt and revisions. */
function ledgerOf(action: EffectAction, clock: TestClock, change: Partial<Effect> = {}): Ledger {
  let inDoubt = false;
  let token = 0;
  let effect: Effect = {
    id: '0b5e1f5c-0000-4000-8000-00000000000e',
    key: 'effect:1',
    taskId: '0b5e1f5c-0000-4000-8000-000000000001',
    repository,
    action,
    revision: 1,
    state: 'planned',
    attempts: 0,
    after: null,
    lease: null,
    dueAt: clock.now().toISOString(),
    enqueuedAt: null,
    outcome: null,
    error: null,
    createdAt: clock.now().toISOString(),
    doneAt: null,
    ...change,
  };
  const failures: Ledger['failures'] = [];
  return {
    failures,
    effect: () => effect,
    leaveInDoubt: () => {
      inDoubt = true;
    },
    revise: (revised) => {
      effect = { ...effect, action: revised, revision: effect.revision + 1, state: 'planned' };
    },
    effects: {
      claim: async () => {
        if (effect.state !== 'planned') return null;
        token += 1;
        effect = { ...effect, state: 'sending', attempts: effect.attempts + 1 };
        return { effect, token, inDoubt };
      },
      done: async (_id, held, _revision, outcome) => {
        if (held !== token) return false;
        inDoubt = false;
        effect = { ...effect, state: 'done', outcome };
        return true;
      },
      failed: async (_id, held, failure) => {
        if (held !== token) return false;
        failures.push(failure);
        inDoubt ||= failure.sent === 'maybe';
        effect = { ...effect, state: failure.dueAt === null ? 'failed' : 'planned', error: failure.error };
        return true;
      },
      waiting: async () => 0,
    },
  };
}

export interface TestPublisher {
  publish(): Promise<void>;
  readonly ledger: Ledger;
  readonly clock: TestClock;
  readonly log: LogLine[];
  readonly pushed: unknown[];
}

export function publisherOf(
  action: EffectAction,
  clients: (clock: TestClock) => GitHubClients,
  change: { readonly parts?: Partial<PublisherParts>; readonly effect?: Partial<Effect> } = {},
): TestPublisher {
  const clock = testClock();
  const ledger = ledgerOf(action, clock, change.effect);
  const log: LogLine[] = [];
  const pushed: unknown[] = [];
  const publisher = createPublisher({
    store: { effects: ledger.effects as EffectStore },
    clients: clients(clock),
    workspaces: {
      commits: () => Promise.reject(new Error('no commits are built here')),
      push: async ({ signal: _signal, ...request }) => {
        pushed.push(request);
        return { headSha: HEAD_SHA };
      },
    },
    workOf: async () => ({ baseSha: BASE_SHA, replay: null, patches: [], asOne: null }),
    redact: async (text) => text.replaceAll('hunter2', '[redacted]'),
    clock,
    log: recordingLog(log),
    owner: 'test/1/1',
    leaseMs: 120_000,
    lookAgainMs: 5_000,
    random: () => 0,
    ...change.parts,
  });
  return { publish: () => publisher.publish(ledger.effect().id), ledger, clock, log, pushed };
}
