import { describe, expect, it } from 'vitest';
import { createReader } from '../../src/app/github/reader.ts';
import type { Effect, EffectAction } from '../../src/core/effect-records.ts';
import { hasMarker } from '../../src/core/marker.ts';
import { repoName } from '../github/local-github.ts';
import { silentLog } from '../support/silent-log.ts';
import { openThread } from './publisher-kinds.ts';
import { publishingFlows } from './publishing-flows.ts';

const flows = publishingFlows();
const { plan, settle, dieAfterSending } = flows;

type Opened = Awaited<ReturnType<typeof openThread>>;

const resolution = ({ number, fingerprint }: Opened): EffectAction => ({
  kind: 'resolve_thread',
  number,
  fingerprint,
  when: 'outdated',
  reply: 'Fixed.',
});

/** How the thread stands: who resolved it, and how often we said that it is fixed. */
async function standing({ commentId }: Opened, effect: Effect) {
  const { reviewComments } = await flows.local.github.snapshot(repoName);
  const thread = reviewComments.filter((one) => one.thread === commentId);
  return {
    resolvedBy: thread[0]?.resolvedBy,
    replies: thread.filter(({ body }) => hasMarker(body, effect.key)).length,
  };
}

const BOT = 'hypercode-crew[bot]';
const reader = () => createReader(flows.clients, silentLog);

/** The process dies with the reply sent and nothing resolved. */
async function dieBetween(effect: Effect): Promise<void> {
  flows.local.github.setFaults([{ kind: 'error', method: 'POST', path: '/graphql/mutation', times: 1 }]);
  await dieAfterSending(effect);
}

describe('resolving a thread', () => {
  it('by a process that died between reply and resolution is only resolved by the next', async () => {
    const opened = await openThread(flows.local);
    await opened.outdate();
    const effect = await plan(resolution(opened));

    await dieBetween(effect);
    const between = await standing(opened, effect);
    const settled = await settle(effect);

    expect(between).toEqual({ resolvedBy: null, replies: 1 });
    expect(settled.state).toBe('done');
    expect(await standing(opened, effect)).toEqual({ resolvedBy: BOT, replies: 1 });
  });

  it('survives two processes that died between reply and resolution', async () => {
    const opened = await openThread(flows.local);
    await opened.outdate();
    const effect = await plan(resolution(opened));

    await dieBetween(effect);
    await dieBetween(effect);
    await settle(effect);

    expect(await standing(opened, effect)).toEqual({ resolvedBy: BOT, replies: 1 });
  });

  it('stops where a person replied between the reply and the resolution', async () => {
    const opened = await openThread(flows.local);
    await opened.outdate();
    const effect = await plan(resolution(opened));

    await dieBetween(effect);
    await flows.local.github.as('rita').reviewReply(repoName, opened.number, opened.commentId, 'Is it?');
    const settled = await settle(effect);

    expect(settled).toMatchObject({ state: 'done', outcome: { left: 'a person replied in the thread' } });
    expect(await standing(opened, effect)).toEqual({ resolvedBy: null, replies: 1 });
  });

  it('leaves what a person resolved meanwhile, with what was said', async () => {
    const opened = await openThread(flows.local);
    await opened.outdate();
    const effect = await plan(resolution(opened));

    await dieBetween(effect);
    await flows.local.github.as('bob').resolveThread(repoName, opened.number, opened.commentId);
    const settled = await settle(effect);

    expect(settled.outcome?.left).toBeUndefined();
    expect(await standing(opened, effect)).toEqual({ resolvedBy: 'bob', replies: 1 });
  });

  it.each([
    ['a process that ended well', 0],
    ['one that died after the reply', 1],
    ['two that died after it', 2],
  ])('says once what was fixed elsewhere, and leaves the thread open: by %s', async (_title, deaths) => {
    const opened = await openThread(flows.local);
    const effect = await plan(resolution(opened));

    for (let died = 0; died < deaths; died++) await dieAfterSending(effect);
    const settled = await settle(effect);

    expect(settled).toMatchObject({
      state: 'done',
      outcome: { externalId: expect.any(Number), left: 'its lines did not change' },
    });
    expect(await standing(opened, effect)).toEqual({ resolvedBy: null, replies: 1 });
  });

  it('writes nothing where a person replied, though its lines still stand', async () => {
    const opened = await openThread(flows.local);
    await flows.local.github.as('rita').reviewReply(repoName, opened.number, opened.commentId, 'Is it?');
    const effect = await plan(resolution(opened));

    const settled = await settle(effect);

    expect(settled.outcome?.left).toBe('a person replied in the thread');
    expect(await standing(opened, effect)).toEqual({ resolvedBy: null, replies: 0 });
  });
});

describe('threads on GitHub', () => {
  const read = async (opened: Opened) => (await reader().threads(flows.repository, opened.number))[0];

  it('tell what writers and others did', async () => {
    const opened = await openThread(flows.local);
    const { github } = flows.local;
    await github.as('bob').react(repoName, { reviewComment: opened.commentId }, '-1');
    await github.as('rita').react(repoName, { reviewComment: opened.commentId }, '-1');
    await github.as('alice').react(repoName, { reviewComment: opened.commentId }, '+1');
    await github.as('rita').reviewReply(repoName, opened.number, opened.commentId, 'By a reader');
    await github.as('bob').reviewReply(repoName, opened.number, opened.commentId, 'By a writer');
    await settle(
      await plan({
        kind: 'thread_reply',
        number: opened.number,
        commentId: opened.commentId,
        body: 'By the crew',
      }),
    );

    const thread = await read(opened);

    expect(thread).toMatchObject({
      fingerprint: opened.fingerprint,
      commentId: opened.commentId,
      outdated: false,
      resolved: false,
      resolvedBy: null,
      humanReplied: true,
      likedBy: ['alice'],
      dislikedBy: ['bob'],
    });
    expect(thread?.comments.map(({ author, ours }) => ({ author, ours }))).toEqual([
      { author: BOT, ours: true },
      { author: 'bob', ours: false },
      { author: BOT, ours: true },
    ]);
  });

  it('tell who resolved them, where that is a person who can write', async () => {
    const [byWriter, byUs] = [await openThread(flows.local), await openThread(flows.local)];
    await flows.local.github.as('bob').resolveThread(repoName, byWriter.number, byWriter.commentId);
    await byUs.outdate();
    await settle(await plan(resolution(byUs)));

    expect(await read(byWriter)).toMatchObject({ resolved: true, resolvedBy: 'bob' });
    expect(await read(byUs)).toMatchObject({ resolved: true, outdated: true, resolvedBy: null });
  });

  it('stay ours when they move, and when their branch is rewritten', async () => {
    const opened = await openThread(flows.local);
    await flows.local.github.as('alice').commit(repoName, {
      branch: opened.branch,
      message: 'Again',
      files: { 'src/new.js': 'zero\none\ntwo\nthree\n' },
      force: true,
      from: 'main',
    });

    expect(await read(opened)).toMatchObject({ fingerprint: opened.fingerprint, outdated: false });
  });
});
