import { afterAll, beforeAll, expect, test } from 'vitest';
import type { NewEffect } from '../../src/core/effect-ports.ts';
import type { Effect } from '../../src/core/effect-records.ts';
import { repository, sticky, storedTask, testStore } from './records.ts';

let env: Awaited<ReturnType<typeof testStore>>;
beforeAll(async () => {
  env = await testStore();
});
afterAll(() => env.drop());

const landed = { url: 'https://github.test/1', externalId: 1 };

async function planned(effect: NewEffect): Promise<Effect> {
  const [stored] = await env.store.effects.plan([effect]);
  if (stored === undefined) throw new Error('nothing was planned');
  return stored;
}

async function claimed(id: string) {
  const claim = await env.store.effects.claim(id, 'p', 1_000);
  if (claim === null) throw new Error('not to be had');
  return claim;
}

async function sent(effect: NewEffect): Promise<Effect> {
  const { id, revision } = await planned(effect);
  await env.store.effects.done(id, (await claimed(id)).token, revision, landed);
  return planned(effect);
}

function comment(key: string, body: string, changes: Partial<NewEffect> = {}): NewEffect {
  return { ...sticky(key, body, changes), action: { kind: 'comment', number: 5, body } };
}

test('an effect is stored as planned, and planning it again changes nothing', async () => {
  const wanted = sticky('same', 'a\u0000b');

  const [first, again] = [await planned(wanted), await planned(sticky('same', 'a\u0000b'))];

  const now = env.clock.now().toISOString();
  expect(first).toEqual({
    id: first.id,
    key: 'same',
    taskId: null,
    repository,
    action: { kind: 'sticky_comment', number: 5, body: 'ab' },
    revision: 1,
    state: 'planned',
    attempts: 0,
    after: null,
    lease: null,
    dueAt: now,
    enqueuedAt: null,
    outcome: null,
    error: null,
    createdAt: now,
    doneAt: null,
  });
  expect(again).toEqual(first);
  expect(await env.store.effects.get(first.id)).toEqual(first);
  expect(await env.store.effects.byKey('same')).toEqual(first);
  expect(await env.store.effects.byKey('other')).toBeNull();
});

test('twenty processes that plan one effect make one', async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, () => planned(sticky('race', 'x'))));

  expect(new Set(answers.map((effect) => effect.id)).size).toBe(1);
  expect((await env.store.effects.byKey('race'))?.revision).toBe(1);
});

test('one of twenty publishers gets an effect', async () => {
  const { id } = await planned(sticky('publishers', 'x'));

  const claims = await Promise.all(
    Array.from({ length: 20 }, (_, n) => env.store.effects.claim(id, `p${n}`, 1_000)),
  );

  expect(claims.filter((claim) => claim !== null)).toMatchObject([{ token: 1, inDoubt: false }]);
});

test('changed content of a done effect is a new revision, due when its interval has passed', async () => {
  await sent(sticky('interval', 'one', { minIntervalMs: 3_000 }));
  env.clock.advance(1_000);

  const revised = await planned(sticky('interval', 'two', { minIntervalMs: 3_000 }));
  const early = await env.store.effects.claim(revised.id, 'p', 1_000);
  env.clock.advance(2_000);
  const late = await env.store.effects.claim(revised.id, 'p', 1_000);

  expect(revised).toMatchObject({ revision: 2, state: 'planned', outcome: landed });
  expect(early).toBeNull();
  expect(late).toMatchObject({ inDoubt: false, effect: { action: { body: 'two' } } });
});

test('an effect that cannot be edited keeps its first action', async () => {
  const first = await sent(comment('fixed', 'one'));

  expect(await planned(comment('fixed', 'two'))).toEqual(first);
  expect(await planned(sticky('fixed', 'two'))).toEqual(first);
});

test('a revision that comes while the effect is being sent is sent afterwards', async () => {
  const { id } = await planned(sticky('sending', 'one', { minIntervalMs: 3_000 }));
  const { token } = await claimed(id);

  const during = await planned(sticky('sending', 'two', { minIntervalMs: 3_000 }));
  const done = await env.store.effects.done(id, token, 1, landed);

  expect(during).toMatchObject({ state: 'sending', revision: 2 });
  expect(done).toBe(true);
  expect(await env.store.effects.get(id)).toMatchObject({ state: 'planned', outcome: landed, lease: null });
  expect(await env.store.effects.claim(id, 'p', 1_000)).toBeNull();
  env.clock.advance(3_000);
  expect(await env.store.effects.claim(id, 'p', 1_000)).toMatchObject({
    effect: { action: { body: 'two' } },
  });
});

test('a revision that comes while its predecessor fails for good is planned all the same', async () => {
  const { id } = await planned(sticky('failing', 'one'));
  const { token } = await claimed(id);

  await planned(sticky('failing', 'two'));
  await env.store.effects.failed(id, token, { error: '422', dueAt: null, sent: 'no' });

  expect(await env.store.effects.get(id)).toMatchObject({ state: 'planned', revision: 2 });
});

test('an effect whose publisher fell silent is in doubt, and its old token counts no more', async () => {
  const { id } = await planned(sticky('silent', 'x'));
  const old = await claimed(id);
  const early = await env.store.effects.claim(id, 'other', 1_000);
  env.clock.advance(1_000);

  const next = await claimed(id);

  expect(early).toBeNull();
  expect(next).toMatchObject({ inDoubt: true, token: old.token + 1 });
  expect(await env.store.effects.done(id, old.token, 1, landed)).toBe(false);
  expect(await env.store.effects.failed(id, old.token, { error: 'x', dueAt: null, sent: 'no' })).toBe(false);
  expect(await env.store.effects.done(id, next.token, 1, landed)).toBe(true);
  expect(await env.store.effects.done(id, next.token, 1, landed)).toBe(false);
});

test.each([
  { sent: 'no', inDoubt: false },
  { sent: 'maybe', inDoubt: true },
] as const)(
  'a failure that sent $sent is tried again when due, in doubt: $inDoubt',
  async ({ sent, inDoubt }) => {
    const { id } = await planned(sticky(`again-${sent}`, 'x'));
    const { token } = await claimed(id);
    const dueAt = new Date(env.clock.now().getTime() + 60_000).toISOString();

    await env.store.effects.failed(id, token, { error: '502', dueAt, sent });

    expect(await env.store.effects.get(id)).toMatchObject({
      state: 'planned',
      error: '502',
      dueAt,
      attempts: 1,
    });
    expect(await env.store.effects.claim(id, 'p', 1_000)).toBeNull();
    env.clock.advance(60_000);
    expect(await env.store.effects.claim(id, 'p', 1_000)).toMatchObject({ inDoubt });
  },
);

test('a doubt stays until the effect is done, whatever later attempts say', async () => {
  const { id } = await planned(sticky('doubt', 'x'));
  const now = env.clock.now().toISOString();
  await env.store.effects.failed(id, (await claimed(id)).token, { error: '502', dueAt: now, sent: 'maybe' });
  await env.store.effects.failed(id, (await claimed(id)).token, { error: '500', dueAt: now, sent: 'no' });

  const third = await claimed(id);
  await env.store.effects.done(id, third.token, 1, landed);
  await planned(sticky('doubt', 'y'));

  expect(third.inDoubt).toBe(true);
  expect(await claimed(id)).toMatchObject({ inDoubt: false });
});

test('an effect waits for the one that it comes after, in whichever order they are planned', async () => {
  const [second, first] = await env.store.effects.plan([
    comment('chain-2', 'x', { after: 'chain-1' }),
    comment('chain-1', 'x'),
  ]);
  const early = await env.store.effects.claim(second?.id ?? '', 'p', 1_000);

  await env.store.effects.done(first?.id ?? '', (await claimed(first?.id ?? '')).token, 1, landed);

  expect(early).toBeNull();
  expect(await env.store.effects.claim(second?.id ?? '', 'p', 1_000)).not.toBeNull();
});

test('an effect after one that nobody planned is refused', async () => {
  await expect(planned(comment('lonely', 'x', { after: 'never-planned' }))).rejects.toThrow(/foreign key/);
  expect(await env.store.effects.byKey('lonely')).toBeNull();
});

test('what waits for an effect that failed for good fails with it, all down the line, and so does what comes later', async () => {
  const [first] = await env.store.effects.plan([
    comment('push', 'x'),
    comment('open', 'x', { after: 'push' }),
    comment('label', 'x', { after: 'open' }),
  ]);

  const { token } = await claimed(first?.id ?? '');
  await env.store.effects.failed(first?.id ?? '', token, {
    error: 'protected branch',
    dueAt: null,
    sent: 'no',
  });
  const late = await planned(comment('late', 'x', { after: 'label' }));

  const reasons = [await env.store.effects.byKey('open'), await env.store.effects.byKey('label')];
  expect(reasons).toMatchObject([
    { state: 'failed', error: 'push failed: protected branch' },
    { state: 'failed', error: 'open failed: protected branch' },
  ]);
  expect(late.state).toBe('failed');
});

test('a dependent that is planned while its predecessor fails never waits for ever', async () => {
  const first = await planned(comment('racing', 'x'));
  const { token } = await claimed(first.id);

  await Promise.all([
    env.store.effects.failed(first.id, token, { error: 'no', dueAt: null, sent: 'no' }),
    ...Array.from({ length: 8 }, (_, n) => planned(comment(`racing-${n}`, 'x', { after: 'racing' }))),
  ]);

  const states = await Promise.all(
    Array.from({ length: 8 }, async (_, n) => (await env.store.effects.byKey(`racing-${n}`))?.state),
  );
  expect(states).toEqual(states.map(() => 'failed'));
});

test('due answers what could be claimed, once, and again when its ring was long ago', async () => {
  const own = await testStore();
  try {
    const plan = (effects: readonly NewEffect[]) => own.store.effects.plan(effects);
    const [ready] = await plan([
      sticky('ready', 'x'),
      comment('waits', 'x', { after: 'ready' }),
      sticky('held', 'x'),
    ]);
    const held = await own.store.effects.byKey('held');
    await own.store.effects.claim(held?.id ?? '', 'p', 5_000);
    const now = () => own.clock.now().toISOString();

    const first = await own.store.effects.due(now(), 10);
    const second = await own.store.effects.due(now(), 10);
    own.clock.advance(5_000);
    await own.store.effects.rung([ready?.id ?? '']);
    const third = await own.store.effects.due(now(), 10);

    expect(first).toEqual([ready?.id]);
    expect(second).toEqual([]);
    expect(third).toEqual([held?.id]);
  } finally {
    await own.drop();
  }
});

test('of a task that was stopped nothing goes on but its end being shown, and a retry plans the rest again', async () => {
  const task = await storedTask(env.store);
  const of = { taskId: task.id };
  const push = await planned(comment('stopped-first', 'Pushed.', of));
  const opening = await planned(comment('stopped-second', 'Opened.', { ...of, after: 'stopped-first' }));
  const progress = await planned(sticky('stopped-progress', 'Stopped.', of));
  await env.store.tasks.move(task.id, 'stopped', { reason: 'Stopped by ada.', actor: 'ada' });

  const claims = [await env.store.effects.claim(push.id, 'p', 1_000)];
  claims.push(await env.store.effects.claim(opening.id, 'p', 1_000));
  const shown = await env.store.effects.claim(progress.id, 'p', 1_000);
  const left = [await env.store.effects.get(push.id), await env.store.effects.get(opening.id)];
  await env.store.tasks.reopen(task.id, 'ada');
  const again = await env.store.effects.claim(push.id, 'p', 1_000);

  expect(claims).toEqual([null, null]);
  expect(shown?.effect.key).toBe('stopped-progress');
  expect(left.map((effect) => effect?.state)).toEqual(['failed', 'failed']);
  expect(again?.effect.key).toBe('stopped-first');
});

test('it is told how many effects of an installation are planned', async () => {
  const before = await env.store.effects.waiting(repository.installationId);
  await planned(comment('waits', 'a'));
  await planned(comment('waits, too', 'a', { after: 'waits' }));
  await sent(comment('done', 'a'));

  expect(await env.store.effects.waiting(repository.installationId)).toBe(before + 2);
  expect(await env.store.effects.waiting(repository.installationId + 1)).toBe(0);
});
