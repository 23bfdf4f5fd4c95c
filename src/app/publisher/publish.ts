/**
 * Performs effects: takes one from the ledger, makes it stand on GitHub once, and writes down what became of it.
 *
 * The ledger says `sending` before anything is sent. When an earlier sending's outcome is unknown, this looks on GitHub
 * first, and once more a little later, because reads lag behind writes. The race accepted: a write that GitHub shows
 * only after the second look is made twice.
 */

import type { Effect, EffectKind, EffectOutcome } from '../../core/effect-records.ts';
import { errorMessage, LeaseLostError, TransientError, UserError } from '../../core/errors.ts';
import type { Integration } from '../../core/implement/commits.ts';
import type { Clock, Log } from '../../core/ports.ts';
import type { Store } from '../../core/store-ports.ts';
import type { CommitAuthor, CommitsRequest, Workspaces } from '../../core/workspace-ports.ts';
import type { GitHubClients } from '../github/clients.ts';
import { cloneUrl } from '../github/clone-access.ts';
import { isRead } from '../github/is-read.ts';
import { GitHubRefusal, isRefusal, refusalText, sentOf } from '../github/refusal.ts';
import type { Permissions } from '../github/tokens.ts';
import type { EffectContext, EffectDefinition, EffectOf, Sighting } from './effect-definition.ts';
import { loadEffects } from './load-effects.ts';
import { createTexts } from './outgoing-texts.ts';
import { limitDelayMs, retryDelayMs, SENDINGS_MAX } from './retry-delay.ts';

const ERROR_MAX_CHARS = 2_000;
/** What waits for the limits on content, which may take hours; for reactions places are kept. */
const CONTENT: readonly EffectKind[] = [
  'comment',
  'sticky_comment',
  'review',
  'thread_reply',
  'open_pull_request',
  'propose_standard',
];

export interface PublisherParts {
  readonly store: Pick<Store, 'effects'>;
  readonly clients: GitHubClients;
  readonly workspaces: Pick<Workspaces, 'commits' | 'push'>;
  /** What a task's commits are made of. */
  readonly workOf: (taskId: string) => Promise<Integration>;
  readonly redact: (text: string) => Promise<string>;
  readonly clock: Clock;
  readonly log: Log;
  /** `<host>/<pid>/<start id>`. */
  readonly owner: string;
  /** Longer than `lookAgainMs` and a write's time limit together: nothing is sent when too little of it is left. */
  readonly leaseMs: number;
  readonly lookAgainMs: number;
  /** In [0, 1), for jitter. */
  readonly random?: () => number;
}

export interface Publisher {
  /** Performs the effect if it is to be had. An effect's failure is written to the ledger, never thrown; a store's is thrown. */
  publish(effectId: string): Promise<void>;
}

export function createPublisher(parts: PublisherParts): Publisher {
  let loading: ReturnType<typeof loadEffects> | null = null;

  return {
    async publish(effectId) {
      loading ??= loadEffects();
      const definitions = await loading;
      const startedAt = parts.clock.now();
      const claim = await parts.store.effects.claim(effectId, parts.owner, parts.leaseMs);
      if (claim === null) return;
      const { effect, token, inDoubt } = claim;
      const log = parts.log.child({
        taskId: effect.taskId,
        effect: effect.key,
        kind: effect.action.kind,
        attempt: effect.attempts,
      });
      const writes: Writes = { started: 0, done: 0 };
      const startBefore = new Date(startedAt.getTime() + parts.leaseMs - parts.clients.writeTimeoutMs);
      let outcome: EffectOutcome;
      try {
        const definition = definitions.get(effect.action.kind);
        if (definition === undefined) throw new Error(`no file in effects/ performs "${effect.action.kind}"`);
        outcome = await settle(parts, { definition, effect, inDoubt, startBefore, writes, log });
      } catch (error) {
        return recordFailure(parts, { effect, token, error, writes, log });
      }
      const kept = await parts.store.effects.done(effect.id, token, effect.revision, outcome);
      log.info({ url: outcome.url, kept }, kept ? 'effect done' : 'effect done, but its lease had passed on');
    },
  };
}

/** Requests that change something, as counted by the client. */
interface Writes {
  started: number;
  done: number;
}

interface Sending {
  readonly definition: EffectDefinition<EffectKind>;
  readonly effect: Effect;
  readonly inDoubt: boolean;
  readonly startBefore: Date;
  readonly writes: Writes;
  readonly log: Log;
}

async function settle(parts: PublisherParts, sending: Sending): Promise<EffectOutcome> {
  const { definition, effect, log } = sending;
  const context = await openContext(parts, sending);
  const seen = sending.inDoubt ? await lookTwice(parts, definition, context, effect) : null;
  if (seen?.current) {
    log.info({ url: seen.outcome.url }, 'effect stood on GitHub already');
    return seen.outcome;
  }
  const wanted = seen === null ? effect : { ...effect, outcome: seen.outcome };
  return performBelieving(parts, sending, () => definition.perform(context, wanted));
}

/**
 * What is not there, and what is therefore left undone, is believed at the second look: what was made a moment ago may not be shown yet.
 * Only where nothing was sent; then to perform it again is to perform it.
 */
async function performBelieving(
  { clock, lookAgainMs }: PublisherParts,
  { writes, log }: Sending,
  perform: () => Promise<EffectOutcome>,
): Promise<EffectOutcome> {
  try {
    const outcome = await perform();
    if (outcome.left === undefined || writes.started > 0) return outcome;
    log.info({ left: outcome.left }, 'effect left undone, unless a second look finds otherwise');
  } catch (error) {
    if (!isRefusal(error, 404) || writes.started > 0) throw error;
    log.info({ error: error.message }, 'effect met what is not there, unless a second look finds it');
  }
  await clock.sleep(lookAgainMs);
  return perform();
}

async function openContext(parts: PublisherParts, sending: Sending): Promise<EffectContext> {
  const { effect, startBefore, writes, log } = sending;
  const { repository } = effect;
  const bot = await parts.clients.botIdentity();
  const clientWith = async (permissions: Permissions) => {
    const github = await parts.clients.forRepository(repository, permissions, startBefore);
    github.hook.before('request', (request) => {
      if (!isRead(request)) writes.started++;
    });
    github.hook.after('request', (_response, request) => {
      if (!isRead(request)) writes.done++;
    });
    return github;
  };
  return {
    github: await clientWith(permissionsOf(sending.definition, effect)),
    clientWith,
    at: { owner: repository.owner, repo: repository.name },
    webUrl: parts.clients.webUrl,
    bot,
    texts: createTexts(parts.redact),
    commits: async (effect) => parts.workspaces.commits(await commitsRequest(parts, effect, startBefore)),
    push: async (effect, author) => {
      const pushed = await pushBranch(parts, { effect, author, startBefore });
      // Git's own writing is seen by no hook of the client. One that fails leaves no doubt: pushing the same again is the same as once.
      writes.started++;
      writes.done++;
      return pushed;
    },
    log,
  };
}

function permissionsOf({ permissions }: EffectDefinition<EffectKind>, { action }: Effect): Permissions {
  return typeof permissions === 'function' ? permissions(action) : permissions;
}

/** Finding nothing proves nothing until a second look: reads lag. */
async function lookTwice(
  parts: PublisherParts,
  definition: EffectDefinition<EffectKind>,
  context: EffectContext,
  effect: Effect,
): Promise<Sighting | null> {
  if (definition.look === null) return null;
  const first = await definition.look(context, effect).catch((error: unknown) => {
    // A new issue may lag as well as what stands on it.
    if (isRefusal(error, 404)) return null;
    throw error;
  });
  if (first?.current) return first;
  await parts.clock.sleep(parts.lookAgainMs);
  return (await definition.look(context, effect)) ?? first;
}

async function commitsRequest(
  parts: PublisherParts,
  { repository, taskId, action }: EffectOf<'push_branch'>,
  startBefore: Date,
): Promise<CommitsRequest> {
  if (taskId === null) throw new Error('a branch is pushed for a task only');
  const { baseSha, replay, patches, asOne } = await parts.workOf(taskId);
  if (baseSha !== action.baseSha)
    throw new UserError(`The task's patches are for ${baseSha}, not for ${action.baseSha}.`);
  const timeoutMs = Math.max(0, startBefore.getTime() - parts.clock.now().getTime());
  return { repository, baseSha, replay, patches, asOne, signal: AbortSignal.timeout(timeoutMs) };
}

async function pushBranch(
  parts: PublisherParts,
  pushed: {
    readonly effect: EffectOf<'push_branch'>;
    readonly author: CommitAuthor;
    readonly startBefore: Date;
  },
): Promise<{ readonly headSha: string }> {
  const { repository, action } = pushed.effect;
  return await parts.workspaces.push({
    ...(await commitsRequest(parts, pushed.effect, pushed.startBefore)),
    branch: action.branch,
    expectedTree: action.treeSha,
    onto: action.onto,
    force: action.force,
    author: pushed.author,
    url: cloneUrl(parts.clients.webUrl, repository),
    token: await parts.clients.tokenFor(repository, { contents: 'write' }),
  });
}

interface Failure {
  readonly effect: Effect;
  readonly token: number;
  readonly error: unknown;
  readonly writes: Writes;
  readonly log: Log;
}

/** Passing trouble is planned again; a refusal and a bug are final. */
async function recordFailure(
  parts: PublisherParts,
  { effect, token, error, writes, log }: Failure,
): Promise<void> {
  if (error instanceof LeaseLostError)
    return log.warn({ error: error.message }, 'effect left to its new owner');
  const retryAfterMs = error instanceof TransientError ? error.retryAfterMs : null;
  // Nothing is wrong with what waits for GitHub's limits, however often.
  const limited = retryAfterMs !== null;
  const again = error instanceof TransientError && (limited || effect.attempts < SENDINGS_MAX);
  const random = (parts.random ?? Math.random)();
  const delayMs = limited
    ? limitDelayMs(retryAfterMs, await waitingFor(parts, effect), random)
    : retryDelayMs(effect.attempts, random);
  const dueAt = again ? new Date(parts.clock.now().getTime() + delayMs).toISOString() : null;
  // One write done and another not is a doubt about the whole.
  const sent = writes.started === 0 ? 'no' : writes.done > 0 ? 'maybe' : sentOf(error);
  const text = refusalText(error).slice(0, ERROR_MAX_CHARS);
  await parts.store.effects.failed(effect.id, token, {
    error: text,
    dueAt,
    sent,
    ...(limited ? { limited } : {}),
  });
  const expected =
    error instanceof TransientError || error instanceof UserError || error instanceof GitHubRefusal;
  const stack = !expected && error instanceof Error ? { stack: error.stack } : {};
  const fields = { error: errorMessage(error), dueAt, sent, ...stack };
  if (again) log.warn(fields, 'effect will be tried again');
  else log.error(fields, 'effect failed');
}

/** Of the same installation, whose limits they share. */
async function waitingFor({ store }: PublisherParts, { repository, action }: Effect): Promise<number> {
  return CONTENT.includes(action.kind) ? await store.effects.waiting(repository.installationId) : 0;
}
