/**
 * Takes a stored delivery through Probot to its decision, and carries that out in one transaction with the mark that
 * the delivery is handled. A delivery that is not handled to the end is handled again; everything is keyed for that.
 */
import type { Probot } from 'probot';
import type { Decision } from '../../core/change.ts';
import { decide } from '../../core/decide.ts';
import { errorMessage, TransientError, UserError } from '../../core/errors.ts';
import type { LiveUrl } from '../../core/live-link.ts';
import type { Doorbell, Log } from '../../core/ports.ts';
import type { Delivery } from '../../core/records.ts';
import { isOfOneMoment } from '../../core/replays.ts';
import type { Store } from '../../core/store-ports.ts';
import { applyChanges } from '../apply-changes.ts';
import { loadCommands } from '../probot/load-commands.ts';
import { type Inbox, registerHandlers } from '../probot/register-handlers.ts';
import { createDesk, type DeskSources } from './desk.ts';
import { givenUpOf, refusalOf } from './failed-delivery.ts';
import { createPatience, type Patience } from './patience.ts';

export interface DispatcherOptions extends Omit<DeskSources, 'commands' | 'store'> {
  readonly probot: Probot;
  readonly store: Store;
  readonly doorbell: Doorbell;
  readonly log: Log;
  /** `<host>/<pid>/<start id>`: who holds the claim. */
  readonly owner: string;
  /** Left out, nothing can be watched live. */
  readonly liveUrl?: LiveUrl;
}

export interface Dispatcher {
  /** Handles one delivery. Throws only when the store cannot even note a failure. */
  dispatch(guid: string): Promise<void>;
}

/** Loads the handlers and the commands from their folders. */
export async function createDispatcher(options: DispatcherOptions): Promise<Dispatcher> {
  const desk = createDesk({ ...options, commands: await loadCommands() });
  const inbox = await registerHandlers(options.probot, desk);
  const work: Work = { ...options, patience: createPatience(options.clock) };
  return { dispatch: (guid) => dispatch(guid, work, inbox) };
}

interface Work extends DispatcherOptions {
  readonly patience: Patience;
}

async function dispatch(guid: string, work: Work, inbox: Inbox): Promise<void> {
  if (work.patience.isWaiting(guid)) return;
  const delivery = await work.store.deliveries.claim(guid, work.owner);
  if (delivery === null) return work.patience.forget(guid);
  try {
    const decisions = (await replayed(delivery, work.store)) ?? (await decisionsOn(delivery, inbox));
    await carryOut(delivery, decisions, work);
    work.patience.forget(guid);
  } catch (error) {
    await fail(delivery, rootOf(error), work);
  }
}

/** Null unless the same body was handled under another GUID. */
async function replayed(
  delivery: Delivery,
  { deliveries }: Pick<Store, 'deliveries'>,
): Promise<readonly Decision[] | null> {
  const earlier = isOfOneMoment(delivery) ? await deliveries.sameBody(delivery) : null;
  if (earlier === null) return null;
  const reason = `a replay: this body was handled as delivery ${earlier}`;
  return [{ decided: 'ignored', reason, actor: 'system', changes: [] }];
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
  { store, doorbell, log, clock, liveUrl = () => null }: DispatcherOptions,
): Promise<void> {
  const applied = await store.transaction(async (tx) => {
    const done = [];
    // Two of one body may have been decided side by side.
    await tx.deliveries.lockBody(delivery.bodyHash);
    for (const decision of (await replayed(delivery, tx)) ?? decisions)
      done.push(await applyChanges(tx, decision, { now: clock.now(), liveUrl }));
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

/** A person's mistake is answered and done with; anything else is tried again as long as there is patience. */
async function fail(delivery: Delivery, error: unknown, work: Work): Promise<void> {
  const { store, doorbell, log, patience } = work;
  const fields = { guid: delivery.guid, event: delivery.event, attempt: delivery.attempts };
  if (error instanceof UserError) {
    log.warn({ ...fields, error: error.message }, 'a delivery was refused');
    await carryOut(delivery, [refusalOf(delivery, error)], work);
    return;
  }
  const transient = error instanceof TransientError;
  const said = { ...fields, ...(transient ? { error: error.message } : { err: error }) };
  const delayMs = patience.nextAttemptMs(delivery, error);
  if (delayMs === null) {
    log.error(said, 'a delivery failed and is given up');
    await giveUp(delivery, error, work);
    return;
  }
  if (transient) log.warn(said, 'a delivery is tried again');
  else log.error(said, 'a delivery failed');
  await store.deliveries.failed(delivery.guid, errorMessage(error), delivery.attempts + 1);
  await doorbell.ring([{ step: 'dispatch', guid: delivery.guid }], { delayMs });
}

/** Dead, with its reason, in the transaction that plans to say so. */
async function giveUp(delivery: Delivery, error: unknown, { store, doorbell }: Work): Promise<void> {
  const decision = givenUpOf(delivery, errorMessage(error));
  const jobs = await store.transaction(async (tx) => {
    const state = await tx.deliveries.failed(delivery.guid, decision.reason, delivery.attempts);
    return state === 'dead' ? (await applyChanges(tx, decision)).jobs : [];
  });
  await doorbell.ring(jobs);
}

/** Probot gathers what handlers throw. */
function rootOf(error: unknown): unknown {
  return error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error;
}
