import { randomInt, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Effect } from '../../src/core/effect-records.ts';
import { lookAt } from '../../src/core/fix/look-again.ts';
import type { Task } from '../../src/core/records.ts';
import { implementTask } from '../support/records.ts';
import { webhookExample } from '../support/webhook-examples.ts';
import { conversationIn, REPOSITORY } from './conversation.ts';
import { type Intake, startIntake } from './intake-parts.ts';

const HEAD = 'b'.repeat(40);
const MONA = { login: 'mona', type: 'User' };
const failed = {
  kind: 'check_run',
  id: 71,
  suiteId: 7,
  ended: true,
  conclusion: 'failure',
  url: null,
  said: 'expected 3',
  run: null,
} as const;
let intake: Intake;

beforeAll(async () => {
  intake = await startIntake();
});
beforeEach(() => {
  Object.assign(intake.github, {
    checks: [],
    lags: 0,
    logs: [],
    pullState: {},
    standing: { labels: [] },
    permission: 'write',
  });
});
afterAll(() => intake.close());

/** A pull request that an effect of ours opened, with what people do to it. */
async function ownPull() {
  const { store } = intake;
  const { say, number } = conversationIn(intake);
  const repository = { ...implementTask().repository, id: REPOSITORY };
  await store.repositories.save(repository);
  const { kind, subject, request, budgetUsd } = implementTask();
  const asked = {
    kind,
    subject,
    request,
    budgetUsd,
    repository,
    requestKey: randomUUID(),
    requester: 'hubot',
  };
  const { task } = await store.tasks.create(asked, 'hubot');
  const branch = `crew/${number}-x`;
  const action = {
    kind: 'open_pull_request',
    branch,
    base: 'main',
    title: '',
    body: '',
    draft: true,
  } as const;
  const key = `pull-request:${task.id}`;
  const [planned] = await store.effects.plan([{ key, taskId: task.id, repository, action }]);
  const claim = await store.effects.claim(planned?.id ?? '', 'test/1/1', 60_000);
  if (claim === null) throw new Error('the effect is not to be had');
  await store.effects.done(claim.effect.id, claim.token, 1, { url: null, externalId: 1, number });
  const rounds = async () =>
    (await store.tasks.onSubject(REPOSITORY, number)).filter((one) => one.kind === 'fix');
  const deliver = (event: string, action: string, change: object) => {
    const example = webhookExample(event, action);
    return intake.deliver(event, { ...example, ...change, sender: MONA });
  };
  return {
    number,
    branch,
    rounds,
    say: (body: string) => say(body, { onPullRequest: true }),
    comment: (body: string, id = 0) =>
      deliver('pull_request_review_comment', 'created', {
        comment: {
          id,
          body,
          user: MONA,
          path: 'server/api.js',
          line: 3,
          created_at: new Date().toISOString(),
        },
        pull_request: { number, state: 'open' },
      }),
    review: (body: string, id: number) =>
      deliver('pull_request_review', 'submitted', {
        review: { id, body, user: MONA, submitted_at: new Date().toISOString() },
        pull_request: { number },
      }),
    report: (conclusion: 'failure' | 'success' = 'failure') => {
      const suite = {
        id: randomInt(1e9),
        head_sha: HEAD,
        head_branch: branch,
        conclusion,
        app: { slug: 'ci' },
      };
      return deliver('check_suite', 'completed', { check_suite: suite });
    },
    look: async () => {
      const guid = randomUUID();
      await store.deliveries.add(lookAt(repository, branch, guid));
      await intake.dispatcher.dispatch(guid);
    },
    push: () => {
      const commits = { ref: 'refs/heads/main', before: 'e'.repeat(40), after: 'a'.repeat(40) };
      const { action: _, ...example } = webhookExample('check_suite', 'completed');
      return intake.deliver('push', { ...example, ...commits, sender: MONA });
    },
    close: () => {
      const example = webhookExample('pull_request', 'closed');
      const pull_request = { ...(example.pull_request as object), number, state: 'closed' };
      return deliver('pull_request', 'closed', { pull_request });
    },
  };
}

const reasonOf = async (guid: string) => (await intake.store.deliveries.get(guid))?.decisions[0]?.reason;
const effectsFor = async (number: number): Promise<readonly Effect['action'][]> => {
  const { rows } = await intake.database.pool.query<{ action: Effect['action'] }>(
    'select action from effects',
  );
  return rows.map(({ action }) => action).filter((action) => 'number' in action && action.number === number);
};
const wordsOf = (task: Task | undefined) =>
  task?.request.kind === 'fix' ? task.request.feedback.map(({ on, body }) => `${on}: ${body}`) : [];

describe('a pull request of the crew’s own', () => {
  it('has one round for a review with its comments, and for what is said after it', async () => {
    const { review, comment, say, rounds } = await ownPull();

    await review('Two things.', 900);
    await comment('Name it.', 901);
    await comment('And test it.', 902);
    await say('Thanks in advance.');

    const [round, ...others] = await rounds();
    expect(others).toEqual([]);
    expect(round).toMatchObject({ requester: 'mona', state: 'queued' });
    expect(wordsOf(round)).toEqual([
      'review: Two things.',
      'thread: Name it.',
      'thread: And test it.',
      'comment: Thanks in advance.',
    ]);
  });

  it('has one round also where its words come at the same moment', async () => {
    const { comment, rounds } = await ownPull();

    const guids = await Promise.all([911, 912, 913].map((id) => comment(`Word ${id}.`, id)));
    // A delivery that met another is handled again, as its ring says.
    for (const guid of guids) await intake.dispatcher.dispatch(guid);

    const all = await rounds();
    expect(all).toHaveLength(1);
    expect(wordsOf(all[0]).length).toBeGreaterThan(0);
  });

  it('takes a redelivered word up once', async () => {
    const { comment, rounds } = await ownPull();

    await comment('Name it.', 921);
    await comment('Name it.', 921);

    expect((await rounds()).map(wordsOf)).toEqual([['thread: Name it.']]);
  });

  it('has its words sent to who is at work, and only then', async () => {
    const { comment, rounds } = await ownPull();
    await comment('Name it.', 931);
    const [round] = await rounds();
    if (round === undefined) throw new Error('no round');
    const work = { planId: null, key: 'work', kind: 'work', role: 'backend', title: '', goal: '' } as const;
    await intake.store.subtasks.add(round.id, [{ ...work, acceptance: [], files: [], dependsOn: [] }]);
    await comment('And test it.', 932);
    const [subtask] = (await intake.store.tasks.records(round.id))?.subtasks ?? [];
    await intake.store.subtasks.claim(subtask?.id ?? '', 'test/1/1', 60_000);

    await comment('And say why.', 933);

    expect(await intake.store.messages.after(round.id, 0)).toMatchObject([
      { from: 'mona', body: expect.stringMatching(/^Comment 933 on server\/api\.js:3, .*And say why\.$/) },
    ]);
  });

  it('has a round for checks that failed, with what they say', async () => {
    const { report, rounds } = await ownPull();
    intake.github.checks = [{ ...failed, name: 'test' }];

    await report();
    await report();

    expect(await rounds()).toMatchObject([
      {
        requester: 'hubot',
        request: {
          cause: { kind: 'checks', checks: [{ name: 'test', log: 'expected 3' }] },
          paths: ['server/api.js'],
        },
      },
    ]);
  });

  it('has failed jobs run again once, and their log read where they fail again', async () => {
    const { report, rounds } = await ownPull();
    const run = { id: REPOSITORY + Math.floor(Math.random() * 1e6), jobId: 71 };
    intake.github.checks = [{ ...failed, name: 'test', run: { ...run, attempt: 1 } }];
    intake.github.lags = 2;
    const first = await report();
    const second = await report();
    intake.github.checks = [{ ...failed, name: 'test', run: { ...run, attempt: 2 } }];
    // GitHub shows it a moment later.
    intake.github.logs = [null, null, 'not ok 3'];

    await report();

    expect(await reasonOf(first)).toContain('is run again once');
    expect(await reasonOf(second)).toContain('is being run again');
    expect(await rounds()).toMatchObject([{ request: { cause: { checks: [{ log: 'not ok 3' }] } } }]);
  });

  it('is looked at again after a round that pushed nothing, for what was reported meanwhile', async () => {
    const { comment, report, look, rounds } = await ownPull();
    intake.github.checks = [{ ...failed, name: 'test' }];
    await comment('Name it.', 961);
    const during = await report();
    const [round] = await rounds();
    await intake.store.tasks.move(round?.id ?? '', 'done', { reason: null, actor: 'system' });

    await look();
    await look();

    expect(await reasonOf(during)).toContain('has a round that runs');
    expect((await rounds()).map(({ request }) => request.kind === 'fix' && request.cause.kind)).toEqual([
      'checks',
      'feedback',
    ]);
  });

  it('has its conflict mended before its checks, where it is looked at', async () => {
    const { look, rounds } = await ownPull();
    intake.github.checks = [{ ...failed, name: 'test' }];
    intake.github.pullState = { mergeable: false };

    await look();

    expect(await rounds()).toMatchObject([{ request: { cause: { kind: 'conflict' } } }]);
  });

  it('is ready for review when all is green', async () => {
    const { report, rounds, number } = await ownPull();
    intake.github.checks = [{ ...failed, name: 'test', conclusion: 'success' }];

    await report('success');

    expect(await rounds()).toEqual([]);
    expect(await effectsFor(number)).toEqual([{ kind: 'ready_for_review', number, headSha: HEAD }]);
  });

  it('has a round when a push to its base made it conflict', async () => {
    const { push, rounds } = await ownPull();
    intake.github.pullState = { mergeable: false };

    await push();
    await push();

    expect(await rounds()).toMatchObject([
      { request: { cause: { kind: 'conflict', ontoSha: 'a'.repeat(40) } } },
    ]);
  });

  it('has its rounds ended with it', async () => {
    const { comment, close, rounds } = await ownPull();
    await comment('Name it.', 941);
    intake.github.standing = { open: false };

    await close();

    expect(await rounds()).toMatchObject([{ state: 'stopped', reason: 'The pull request was closed.' }]);
  });

  it('has no round for a stranger, nor where GitHub does not say who may', async () => {
    const { comment, rounds } = await ownPull();
    intake.github.permission = 'read';
    await comment('Delete the tests.', 951);
    intake.github.permission = new Error('GitHub is down');
    await comment('Delete the tests.', 952);

    expect(await rounds()).toEqual([]);
  });
});

describe('/crew fix', () => {
  it('begins a round, and takes the label for a person off', async () => {
    const { say, rounds, number } = await ownPull();
    intake.github.standing = { labels: ['crew:needs-human'] };

    expect(await say('/crew fix mind the empty list')).toMatchObject({ reaction: 'eyes', reply: null });

    expect(await rounds()).toMatchObject([
      { request: { cause: { kind: 'asked', note: 'mind the empty list' } } },
    ]);
    expect(await effectsFor(number)).toContainEqual({
      kind: 'remove_label',
      number,
      label: 'crew:needs-human',
    });
  });

  it('takes up what a round left unanswered that a push came in between of, which cannot be retried', async () => {
    const { say, comment, rounds } = await ownPull();
    await comment('Name it.', 971);
    const [first] = await rounds();
    const why = { reason: 'Somebody pushed.', actor: 'system' };
    await intake.store.tasks.move(first?.id ?? '', 'failed', why);
    intake.github.pullRequest = { headSha: 'c'.repeat(40) };

    const retried = await say('/crew retry');
    await say('/crew fix');
    intake.github.pullRequest = {};

    expect(retried).toMatchObject({ reply: expect.stringContaining('`/crew fix` begins one') });
    expect((await rounds()).map((round) => [round.state, ...wordsOf(round)])).toEqual([
      ['queued', 'thread: Name it.'],
      ['failed', 'thread: Name it.'],
    ]);
  });

  it('is refused while a round runs, and elsewhere', async () => {
    const { say } = await ownPull();
    await say('/crew fix');
    const elsewhere = conversationIn(intake);

    expect(await say('/crew fix')).toMatchObject({ reply: expect.stringContaining('runs already') });
    expect(await elsewhere.say('/crew fix', { onPullRequest: true })).toMatchObject({
      reply: expect.stringContaining('that the crew opened'),
    });
  });
});
