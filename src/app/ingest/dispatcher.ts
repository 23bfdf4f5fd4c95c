/**
 * Takes a stored delivery through Probot to its decision, and carries that out in one transaction with the mark that
 * the delivery is handled. A delivery that is not handled to the end is handled again; everything is keyed for that.
 */
import type { Probot } from 'probot';
import type { Decision } from '../../core/change.ts';
import { comment, digest } from '../../core/decide/requests.ts';
import { decide } from '../../core/decide.ts';
import { errorMessage, TransientError, UserError } from '../../core/errors.ts';
import { repositoryOf, subjectOf } from '../../core/event.ts';
import { commandFailed } from '../../core/messages/commands.ts';
import { parseEvent } from '../../core/parse-event.ts';
import type { Doorbell, Log, Store } from '../../core/ports.ts';
import type { Delivery } from '../../core/records.ts';
import { applyChanges } from '../apply-changes.ts';
import { loadCommands } from '../probot/load-commands.ts';
import { type Inbox, registerHandlers } from '../probot/register-handlers.ts';
import { createDesk, type DeskSources } from './desk.ts';

export const DELIVERY_ATTEMPTS_MAX = 5;
const RETRY_BASE_MS = 2_000;

export interface DispatcherOptions extends Omit<DeskSources, 'commands' | 'store'> {
  readonly probot: Probot;
  readonly store: Store;
  readonly doorbell: Doorbell;
  readonly log: Log;
  /** `<host>/<pid>/<start id>`: who holds the claim. */
  readonly owner: string;
}

export interface Dispatcher {
  /** Handles one delivery. Throws only when the store cannot even note a failure. */
  dispatch(guid: string): Promise<void>;
}

/** Loads the handlers and the commands from their folders. */
export async function createDispatcher(options: DispatcherOptions): Promise<Dispatcher> {
  const desk = createDesk({ ...options, commands: await loadCommands() });
  const inbox = await registerHandlers(options.probot, desk);
  return { dispatch: (guid) => dispatch(guid, options, inbox) };
}

async function dispatch(guid: string, options: DispatcherOptions, inbox: Inbox): Promise<void> {
  const delivery = await options.store.deliveries.claim(guid, options.owner);
  if (delivery === null) return;
  try {
    await carryOut(delivery, await decisionsOn(delivery, inbox), options);
  } catch (error) {
    await fail(delivery, rootOf(error), options);
  }
}

async function decisionsOn(delivery: Delivery, inbox: Inbox): Promise<readonly Decision[]> {
  const decisions = await inbox.receive(delivery);
  if (decisions.length > 0) return decisions;
  const name = delivery.action === null ? delivery.event : `${delivery.event}.${delivery.action}`;
  const verdict = decide({ kind: 'other', name, problem: null }, { app: { id: 0, login: '' }, roles: [] });
  return verdict.kind === 'decided' ? verdict.decisions : [];
}

async function carryOut(
  delivery: Delivery,
  decisions: readonly Decision[],
  { store, doorbell, log }: DispatcherOptions,
): Promise<void> {
  const applied = await store.transaction(async (tx) => {
    const done = [];
    for (const decision of decisions) done.push(await applyChanges(tx, decision));
    await tx.deliveries.handled(
      delivery.guid,
      done.map(({ summary }) => summary),
    );
    return done;
  });
  await doorbell.ring(applied.flatMap(({ jobs }) => jobs));
  for (const { summary } of applied) {
    log.info({ guid: delivery.guid, event: delivery.event, ...summary }, 'decided');
  }
}

/** A person's mistake is answered and done with; anything else is tried again, and dead after the last attempt. */
async function fail(delivery: Delivery, error: unknown, options: DispatcherOptions): Promise<void> {
  const { store, doorbell, log } = options;
  const fields = { guid: delivery.guid, event: delivery.event, attempt: delivery.attempts };
  if (error instanceof UserError) {
    log.warn({ ...fields, error: error.message }, 'a delivery was refused');
    await carryOut(delivery, [refusal(delivery, error)], options);
    return;
  }
  const state = await store.deliveries.failed(delivery.guid, errorMessage(error), DELIVERY_ATTEMPTS_MAX);
  const transient = error instanceof TransientError;
  const said = { ...fields, state, ...(transient ? { error: error.message } : { err: error }) };
  if (state === 'dead' || !transient) log.error(said, 'a delivery failed');
  else log.warn(said, 'a delivery is tried again');
  if (state !== 'received') return;
  const asked = transient ? error.retryAfterMs : null;
  const delayMs = asked ?? RETRY_BASE_MS * 2 ** Math.max(0, delivery.attempts - 1);
  await doorbell.ring([{ step: 'dispatch', guid: delivery.guid }], { delayMs });
}

function refusal(delivery: Delivery, error: UserError): Decision {
  const event = parseEvent(delivery.event, delivery.action, delivery.payload);
  const repository = repositoryOf(event);
  const subject = subjectOf(event);
  const decision = { decided: 'ignored', reason: error.message, actor: 'system' } as const;
  if (repository === null || subject === null) return { ...decision, changes: [] };
  const key = `refusal:${repository.id}:${subject.number}:${digest(error.message)}`;
  return {
    ...decision,
    changes: [comment(repository, key, subject.number, commandFailed(error.message))],
  };
}

/** Probot gathers what handlers throw. */
function rootOf(error: unknown): unknown {
  return error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error;
}
