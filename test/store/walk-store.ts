/** Asks a store for one thing after another, by chance: all that changes a delivery, a task, a plan, a subtask or an effect. */
import { randomUUID } from 'node:crypto';
import type { NewEffect } from '../../src/core/effect-ports.ts';
import { TASK_ENDS } from '../../src/core/records.ts';
import type { Store } from '../../src/core/store-ports.ts';
import type { Random } from '../support/random.ts';
import { answered, newSubtask, result, sticky, storedTask, type TestClock } from './records.ts';

interface World {
  readonly store: Store;
  readonly clock: TestClock;
  readonly random: Random;
  readonly guids: string[];
  readonly tasks: string[];
  readonly subtasks: { readonly id: string; readonly taskId: string; readonly key: string }[];
  readonly effects: { readonly id: string; readonly key: string; readonly revision: number }[];
  /** Newest of each that was claimed, right or wrong by now. */
  readonly tokens: Map<string, number>;
}

const OWNERS = ['host/1/1', 'host/2/1', 'host/3/1'];
const LEASE_MS = 1_000;
const failure = result({ kind: 'failed', cause: 'internal', message: 'It broke.' });

export async function walkStore(
  { store, clock }: { readonly store: Store; readonly clock: TestClock },
  random: Random,
  steps: number,
): Promise<void> {
  const world = { guids: [], tasks: [], subtasks: [], effects: [], tokens: new Map<string, number>() };
  const walker: World = { store, clock, random, ...world };
  for (const begin of [receive, ask, add, plan]) await begin(walker);
  for (let step = 0; step < steps; step += 1) {
    clock.advance(random.between(0, LEASE_MS / 2));
    await random.pick(STEPS)(walker);
  }
}

const STEPS: readonly ((world: World) => Promise<unknown>)[] = [
  receive,
  ask,
  add,
  plan,
  plan,
  ({ store, random, guids }) => store.deliveries.claim(random.pick(guids), random.pick(OWNERS)),
  ({ store, random, guids }) =>
    store.deliveries.handled(random.pick(guids), [{ decided: 'ignored', reason: 'Not ours.' }]),
  ({ store, random, guids }) => store.deliveries.failed(random.pick(guids), 'It broke.', 3),
  ({ store, random, tasks }) =>
    store.tasks.move(random.pick(tasks), random.pick(['planning', 'working', 'publishing']), {
      reason: random.pick([null, 'Because.']),
      actor: 'system',
    }),
  ({ store, random, tasks }) =>
    store.tasks.move(random.pick(tasks), random.pick(TASK_ENDS), { reason: 'The end.', actor: 'ada' }),
  ({ store, random, tasks }) =>
    store.tasks.reopen(random.pick(tasks), 'ada', {
      ...(random.chance(0.5) ? { budgetUsd: random.between(1, 20) } : {}),
      again: random.chance(0.5) ? ['S1'] : [],
    }),
  ({ store, random, tasks }) => store.tasks.setBudget(random.pick(tasks), random.between(1, 20), 'ada'),
  ({ store, random, tasks }) =>
    store.plans.propose({
      taskId: random.pick(tasks),
      hash: random.pick(['h1', 'h2']),
      estimates: {},
      estimateUsd: 1.5,
      answer: { decision: 'plan', summary: 'S', subtasks: [], risks: [], questions: [] },
    }),
  ({ store, random, tasks }) => store.plans.approve(random.pick(tasks), random.pick(['h1', 'h2']), 'ada'),
  ({ store, random, tasks }) => store.plans.withdraw(random.pick(tasks), 'ada'),
  take,
  take,
  ({ store, ...world }) => {
    const { id, token } = held(world);
    return store.subtasks.charge(id, token, world.random.between(0, 99) / 1000);
  },
  ({ store, ...world }) => {
    const { id, token } = held(world);
    return store.subtasks.finish(id, token, world.random.chance(0.7) ? answered : failure);
  },
  ({ store, ...world }) => {
    const { id, token } = held(world);
    return store.subtasks.release(id, token, 'Trouble.');
  },
  ({ store, random, clock, ...world }) => {
    const { taskId, key } = random.pick(world.subtasks);
    const setback = { cause: 'conflict', files: ['a'], message: 'M', at: clock.now().toISOString() } as const;
    return store.subtasks.setBack(taskId, key, { role: 'qa', dependsOn: [], setback });
  },
  ({ store, random, tasks }) =>
    random.chance(0.3) ? store.subtasks.stopAll(random.pick(tasks), 'ada') : done(),
  ({ store, random }) => {
    const gone = random.pick(OWNERS);
    return store.subtasks.releaseOwners((owner) => owner === gone);
  },
  send,
  send,
  ({ store, random, tokens, effects }) => {
    const { id, revision } = random.pick(effects);
    return store.effects.done(id, tokens.get(id) ?? 0, revision, { url: `https://x/${id}`, externalId: 1 });
  },
  ({ store, random, tokens, effects, clock }) => {
    const { id } = random.pick(effects);
    return store.effects.failed(id, tokens.get(id) ?? 0, {
      error: 'It broke.',
      dueAt: random.chance(0.6) ? clock.now().toISOString() : null,
      sent: random.pick(['no', 'maybe']),
      limited: random.chance(0.3),
    });
  },
];

async function done(): Promise<void> {}

async function receive({ store, guids, random }: World): Promise<void> {
  const guid = guids.length > 0 && random.chance(0.3) ? random.pick(guids) : randomUUID();
  const rest = {
    event: 'push',
    action: null,
    body: '{}',
    bodyHash: 'b',
    installationId: 7,
    repository: null,
  };
  if (await store.deliveries.add({ guid, ...rest })) guids.push(guid);
}

async function ask({ store, tasks }: World): Promise<void> {
  if (tasks.length < 8) tasks.push((await storedTask(store)).id);
}

async function add({ store, random, tasks, subtasks }: World): Promise<void> {
  const taskId = random.pick(tasks);
  const key = random.pick(['S1', 'S2', 'S3']);
  await store.subtasks.add(taskId, [newSubtask(key, { dependsOn: key === 'S3' ? ['S1'] : [] })]);
  const found = (await store.tasks.records(taskId))?.subtasks.find((subtask) => subtask.key === key);
  if (found !== undefined && !subtasks.some(({ id }) => id === found.id)) subtasks.push(found);
}

/** The second of each pair waits for the first. */
async function plan({ store, random, tasks, effects }: World): Promise<void> {
  const at = random.between(0, 9);
  const wishes = (at % 2 === 1 ? [at - 1, at] : [at]).map(
    (one): NewEffect => ({
      ...sticky(`effect-${one}`, `Words ${random.between(0, 3)}`),
      ...(one < 4 ? { action: { kind: 'comment', number: 5, body: 'Said once.' } } : {}),
      taskId: tasks[one % 3] ?? null,
      after: one % 2 === 1 ? `effect-${one - 1}` : null,
    }),
  );
  for (const planned of await store.effects.plan(wishes)) {
    const known = effects.findIndex(({ id }) => id === planned.id);
    effects.splice(known === -1 ? effects.length : known, known === -1 ? 0 : 1, planned);
  }
}

async function take({ store, random, subtasks, tokens }: World): Promise<void> {
  const { id } = random.pick(subtasks);
  const claimed = await store.subtasks.claim(id, random.pick(OWNERS), LEASE_MS);
  if (claimed !== null) tokens.set(id, claimed.lease.token);
}

async function send({ store, random, effects, tokens }: World): Promise<void> {
  const { id } = random.pick(effects);
  const claimed = await store.effects.claim(id, random.pick(OWNERS), LEASE_MS);
  if (claimed !== null) tokens.set(id, claimed.token);
}

function held({ random, subtasks, tokens }: Pick<World, 'random' | 'subtasks' | 'tokens'>) {
  const { id } = random.pick(subtasks);
  return { id, token: tokens.get(id) ?? 0 };
}
