import { afterAll, beforeAll, expect, test } from 'vitest';
import { answered, newSubtask, result, sticky, storedSubtasks, storedTask, testStore } from './records.ts';

let env: Awaited<ReturnType<typeof testStore>>;
beforeAll(async () => {
  env = await testStore({ maxLosses: 3 });
});
afterAll(() => env.drop());

async function oneSubtask(): Promise<{ readonly taskId: string; readonly id: string }> {
  const task = await storedTask(env.store);
  const [id = ''] = await storedSubtasks(env.store, task.id, [newSubtask('S1')]);
  return { taskId: task.id, id };
}

test('a subtask is stored as planned, and adding its key again changes nothing', async () => {
  const { taskId, id } = await oneSubtask();

  await env.store.subtasks.add(taskId, [newSubtask('S1', { title: 'Another' }), newSubtask('S2')]);

  const records = await env.store.tasks.records(taskId);
  expect(records?.subtasks).toHaveLength(2);
  expect(await env.store.subtasks.get(id)).toEqual({
    ...newSubtask('S1'),
    setbacks: [],
    id,
    taskId,
    state: 'pending',
    attempts: 0,
    losses: 0,
    lease: null,
    enqueuedAt: null,
    dueAt: null,
    startedAt: null,
    finishedAt: null,
    costUsd: 0,
  });
  expect(await env.store.subtasks.get('no-such-subtask')).toBeNull();
});

test('one of twenty workers gets a subtask', async () => {
  const { id } = await oneSubtask();

  const claims = await Promise.all(
    Array.from({ length: 20 }, (_, n) => env.store.subtasks.claim(id, `worker-${n}`, 60_000)),
  );

  const won = claims.filter((claim) => claim !== null);
  expect(won).toHaveLength(1);
  expect(won[0]).toMatchObject({ state: 'running', attempts: 1, lease: { token: 1 } });
});

test('a subtask waits until all that it depends on is done', async () => {
  const task = await storedTask(env.store);
  const [first = '', second = '', stray = ''] = await storedSubtasks(env.store, task.id, [
    newSubtask('S1'),
    newSubtask('S2', { dependsOn: ['S1'] }),
    newSubtask('S3', { dependsOn: ['S1', 'S9'] }),
  ]);

  const early = await env.store.subtasks.claim(second, 'w', 1_000);
  const claimed = await env.store.subtasks.claim(first, 'w', 1_000);
  await env.store.subtasks.finish(first, claimed?.lease.token ?? 0, answered);

  expect(early).toBeNull();
  expect(await env.store.subtasks.claim(second, 'w', 1_000)).not.toBeNull();
  expect(await env.store.subtasks.claim(stray, 'w', 1_000)).toBeNull();
});

test('no subtask of an ended task is handed out', async () => {
  const { taskId, id } = await oneSubtask();
  await env.store.tasks.move(taskId, 'stopped', { reason: null, actor: 'ada' });

  expect(await env.store.subtasks.claim(id, 'w', 1_000)).toBeNull();
});

test('a worker whose lease ran out and was taken over can write nothing', async () => {
  const { id } = await oneSubtask();
  const old = await env.store.subtasks.claim(id, 'old', 1_000);
  env.clock.advance(1_000);
  const current = await env.store.subtasks.claim(id, 'new', 1_000);
  const [was = 0, is = 0] = [old?.lease.token, current?.lease.token];

  const refused = [
    await env.store.subtasks.renew(id, was, 1_000),
    await env.store.subtasks.finish(id, was, answered),
    await env.store.subtasks.release(id, was, 'x'),
  ];
  const accepted = [
    await env.store.subtasks.renew(id, is, 5_000),
    await env.store.subtasks.finish(id, is, answered),
    await env.store.subtasks.finish(id, is, answered),
  ];

  expect(is).toBeGreaterThan(was);
  expect(refused).toEqual([false, false, false]);
  expect(accepted).toEqual([true, true, false]);
  expect(await env.store.subtasks.get(id)).toMatchObject({
    state: 'done',
    lease: null,
    attempts: 2,
  });
});

test('a renewed lease is not taken over', async () => {
  const { id } = await oneSubtask();
  const claimed = await env.store.subtasks.claim(id, 'w', 1_000);

  env.clock.advance(900);
  await env.store.subtasks.renew(id, claimed?.lease.token ?? 0, 1_000);
  env.clock.advance(900);

  expect(await env.store.subtasks.claim(id, 'thief', 1_000)).toBeNull();
});

test('a failed outcome fails the subtask and is kept as its result', async () => {
  const { id } = await oneSubtask();
  const claimed = await env.store.subtasks.claim(id, 'w', 1_000);
  const failure = result({ kind: 'failed', cause: 'model_refused', message: 'It refused.' });

  await env.store.subtasks.finish(id, claimed?.lease.token ?? 0, failure);

  expect((await env.store.subtasks.get(id))?.state).toBe('failed');
  expect(await env.store.results.of(id)).toMatchObject(failure);
});

test('a released subtask is pending again and does not count as lost', async () => {
  const { id } = await oneSubtask();

  for (let round = 0; round < 5; round += 1) {
    const claimed = await env.store.subtasks.claim(id, 'w', 1_000);
    expect(await env.store.subtasks.release(id, claimed?.lease.token ?? 0, 'fetch failed')).toBe(true);
  }

  expect(await env.store.subtasks.get(id)).toMatchObject({ state: 'pending', attempts: 5, lease: null });
});

test('a subtask that is given back until a time is not to be had before, unless its task is opened again', async () => {
  const { taskId, id } = await oneSubtask();
  const giveBack = async () => {
    const claimed = await env.store.subtasks.claim(id, 'w', 1_000);
    const dueAt = new Date(env.clock.now().getTime() + 900_000).toISOString();
    await env.store.subtasks.release(id, claimed?.lease.token ?? 0, 'rate limit', dueAt);
    return dueAt;
  };

  const dueAt = await giveBack();
  const waiting = await env.store.subtasks.get(id);
  env.clock.advance(899_999);
  const early = await env.store.subtasks.claim(id, 'w', 1_000);
  env.clock.advance(1);
  await giveBack();
  await env.store.tasks.move(taskId, 'stopped', { reason: null, actor: 'ada' });
  await env.store.tasks.reopen(taskId, 'ada');

  expect(waiting?.dueAt).toBe(dueAt);
  expect(early).toBeNull();
  expect(await env.store.subtasks.claim(id, 'w', 1_000)).toMatchObject({ attempts: 1, dueAt: null });
});

test('a subtask that loses every worker ends as lost instead of taking down another', async () => {
  const { taskId, id } = await oneSubtask();

  const claims = [];
  for (let round = 0; round < 4; round += 1) {
    claims.push(await env.store.subtasks.claim(id, `w${round}`, 1_000));
    env.clock.advance(1_000);
  }

  expect(claims.map((claim) => claim?.attempts ?? null)).toEqual([1, 2, 3, null]);
  expect(await env.store.subtasks.get(id)).toMatchObject({ state: 'failed', lease: null });
  expect(await env.store.results.of(id)).toMatchObject({
    outcome: {
      kind: 'failed',
      cause: 'lost',
      message: expect.stringContaining('The worker died or fell silent 3 times while it ran this'),
    },
  });
  const last = (await env.store.events.ofTask(taskId)).at(-1);
  expect(last).toMatchObject({ type: 'subtask.failed', actor: 'system', data: { cause: 'lost' } });
});

test('stopping ends what has not ended and names what was running', async () => {
  const task = await storedTask(env.store);
  const [done = '', running = '', waiting = ''] = await storedSubtasks(env.store, task.id, [
    newSubtask('S1'),
    newSubtask('S2'),
    newSubtask('S3'),
  ]);
  const first = await env.store.subtasks.claim(done, 'w', 1_000);
  await env.store.subtasks.finish(done, first?.lease.token ?? 0, answered);
  const second = await env.store.subtasks.claim(running, 'w', 1_000);

  const stopped = await env.store.subtasks.stopAll(task.id, 'ada');

  expect(stopped).toEqual([running]);
  const states = (await env.store.tasks.records(task.id))?.subtasks.map((subtask) => subtask.state);
  expect(states).toEqual(['done', 'stopped', 'stopped']);
  expect(await env.store.subtasks.renew(running, second?.lease.token ?? 0, 1_000)).toBe(false);
  expect(await env.store.subtasks.finish(running, second?.lease.token ?? 0, answered)).toBe(false);
  expect(await env.store.subtasks.claim(waiting, 'w', 1_000)).toBeNull();
  expect(await env.store.subtasks.stopAll(task.id, 'ada')).toEqual([]);
});

test('claims and a stop that race leave nothing running', async () => {
  const task = await storedTask(env.store);
  const ids = await storedSubtasks(
    env.store,
    task.id,
    Array.from({ length: 8 }, (_, n) => newSubtask(`S${n}`)),
  );

  await Promise.all([
    ...ids.map((id) => env.store.subtasks.claim(id, 'w', 60_000)),
    env.store.transaction(async (tx) => {
      await tx.tasks.lock(task.id);
      await tx.subtasks.stopAll(task.id, 'ada');
      await tx.tasks.move(task.id, 'stopped', { reason: null, actor: 'ada' });
    }),
  ]);

  const states = (await env.store.tasks.records(task.id))?.subtasks.map((subtask) => subtask.state);
  expect(states).toEqual(ids.map(() => 'stopped'));
});

test('after a kill, what the dead process held is free at once and what others hold is not', async () => {
  const dead = await oneSubtask();
  const alive = await oneSubtask();
  await env.store.subtasks.claim(dead.id, 'host/1/dead', 600_000);
  await env.store.subtasks.claim(alive.id, 'host/2/alive', 600_000);
  const [effect] = await env.store.effects.plan([sticky(`release:${dead.id}`, 'x')]);
  await env.store.effects.claim(effect?.id ?? '', 'host/1/dead', 600_000);
  const delivery = {
    event: 'ping',
    action: null,
    body: '{}',
    bodyHash: 'x',
    installationId: null,
    repository: null,
  };
  await env.store.deliveries.add({ guid: 'held', ...delivery });
  await env.store.deliveries.claim('held', 'host/1/dead');

  const released = await env.store.subtasks.releaseOwners((owner) => owner.endsWith('/dead'));
  const again = await env.store.subtasks.releaseOwners((owner) => owner.endsWith('/dead'));

  expect([released, again]).toEqual([3, 0]);
  expect(await env.store.subtasks.claim(dead.id, 'w', 1_000)).not.toBeNull();
  expect(await env.store.subtasks.claim(alive.id, 'w', 1_000)).toBeNull();
  expect(await env.store.effects.claim(effect?.id ?? '', 'p', 1_000)).toMatchObject({ inDoubt: true });
  expect(await env.store.deliveries.claim('held', 'w')).not.toBeNull();
});

test('workers killed over and over by their subtask lose it in the end', async () => {
  const { id } = await oneSubtask();

  for (let round = 0; round < 3; round += 1) {
    expect(await env.store.subtasks.claim(id, `killed-${round}`, 600_000)).not.toBeNull();
    await env.store.subtasks.releaseOwners((owner) => owner.startsWith('killed'));
  }

  expect(await env.store.subtasks.claim(id, 'w', 1_000)).toBeNull();
  expect(await env.store.results.of(id)).toMatchObject({ outcome: { cause: 'lost' } });
});

test('a ring is noted', async () => {
  const { id } = await oneSubtask();

  await env.store.subtasks.rung([id]);
  await env.store.subtasks.rung([]);

  expect((await env.store.subtasks.get(id))?.enqueuedAt).toBe(env.clock.now().toISOString());
});

test('a patch that cannot be stored whole is refused with the reason, and nothing changes', async () => {
  const { id } = await oneSubtask();
  const claimed = await env.store.subtasks.claim(id, 'w', 1_000);
  const token = claimed?.lease.token ?? 0;
  const answer = { summary: '', decisions: [], checks: [], not_done: [] };
  const patched = (patch: string) =>
    result({ kind: 'patch', answer, patch, baseSha: 'a'.repeat(40), leftOut: [], sandbox: 'on' });

  await expect(env.store.subtasks.finish(id, token, patched('a\u0000b'))).rejects.toThrow(/U\+0000/);
  await expect(env.store.subtasks.finish(id, token, patched('x'.repeat(5_000_001)))).rejects.toThrow(
    /limit is 5000000/,
  );
  expect((await env.store.subtasks.get(id))?.state).toBe('running');

  const whole = patched('x'.repeat(5_000_000));
  expect(await env.store.subtasks.finish(id, token, whole)).toBe(true);
  expect((await env.store.results.of(id))?.outcome).toEqual(whole.outcome);
});
