import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { NewMemory } from '../../src/core/memory-ports.ts';
import { trackedFinding } from '../support/records.ts';
import { conversationIn, REPOSITORY } from './conversation.ts';
import { type Intake, startIntake } from './intake-parts.ts';

let intake: Intake;

beforeAll(async () => {
  intake = await startIntake();
});
afterAll(() => intake.close());
beforeEach(() => {
  intake.github.pullRequest = {};
  intake.github.permission = 'write';
  intake.github.threads = [];
  intake.github.calls.length = 0;
});

function pullRequest() {
  const { say, tasks, number } = conversationIn(intake);
  return {
    number,
    of: { repositoryId: REPOSITORY, number },
    tasks,
    say: (body: string, change: { readonly before?: string } = {}) =>
      say(body, { onPullRequest: true, ...change }),
    push: (head: string) => {
      intake.github.pullRequest = { headSha: head.repeat(40) };
    },
    /** Brings the newest task to its end. */
    finish: async () => {
      const [newest] = await tasks();
      await intake.store.tasks.move(newest?.id ?? '', 'done', { reason: null, actor: 'system' });
      return newest?.id ?? '';
    },
  };
}

describe('/crew review', () => {
  it('reviews the present head once, and not twice at once', async () => {
    const { say, tasks, finish } = pullRequest();
    await say('/crew review');
    expect((await say('/crew review')).reply).toContain('runs already');
    await finish();

    const said = await say('/crew review');

    expect(said).toMatchObject({
      reaction: 'confused',
      reply: expect.stringContaining('`/crew review full`'),
    });
    expect(await tasks()).toMatchObject([{ kind: 'review', state: 'done', request: { since: null } }]);
  });

  it('goes on from the last review when there is something new', async () => {
    const { say, tasks, finish, push } = pullRequest();
    await say('/crew review');
    const taskId = await finish();
    push('c');

    await say('/crew review');

    expect(await tasks()).toMatchObject([
      { request: { since: { taskId, headSha: 'b'.repeat(40) } } },
      { state: 'done' },
    ]);
  });

  it('reviews a head again that was pushed back to after another was reviewed', async () => {
    const { say, tasks, finish, push } = pullRequest();
    await say('/crew review');
    await finish();
    push('c');
    await say('/crew review');
    const taskId = await finish();
    push('b');

    await say('/crew review');

    expect(await tasks()).toMatchObject([
      { state: 'queued', request: { since: { taskId } } },
      { state: 'done' },
      { state: 'done' },
    ]);
  });

  it('with full reads all of a reviewed head again', async () => {
    const { say, tasks, finish } = pullRequest();
    await say('/crew review');
    await finish();

    await say('/crew review FULL');

    expect(await tasks()).toMatchObject([{ request: { since: null } }, { state: 'done' }]);
  });

  it.each(['fully', 'full now', '3'])('with %j says how it is used', async (args) => {
    const { say, tasks } = pullRequest();

    expect(await say(`/crew review ${args}`)).toMatchObject({
      reaction: 'confused',
      reply: expect.stringContaining('takes nothing or `full`'),
    });
    expect(await tasks()).toEqual([]);
  });

  it('finds dismissed first what others resolved meanwhile, in their name', async () => {
    const { say, finish, push, of, number } = pullRequest();
    await say('/crew review');
    const taskId = await finish();
    const finding = trackedFinding({ ...of, taskId });
    await intake.store.findings.raise([finding], 'crew:backend');
    const settled = { resolved: true, resolvedBy: 'lisa', outdated: false, likedBy: [], dislikedBy: [] };
    const thread = { id: 'T', commentId: 501, url: null, humanReplied: false, comments: [] };
    intake.github.threads = [[{ ...thread, ...settled, fingerprint: finding.fingerprint }]];
    push('c');

    await say('/crew review');

    expect(await intake.store.findings.ofPull(of)).toMatchObject([
      { state: 'dismissed', settledBy: 'lisa', reason: 'lisa resolved the thread.' },
    ]);
    const learned = await intake.store.memories.list(REPOSITORY, 10);
    expect(learned.filter(({ evidence }) => evidence.number === number)).toMatchObject([
      { kind: 'dismissed', evidence: { by: 'lisa', quote: 'resolved the thread' } },
    ]);
  });
});

describe('/crew pause and /crew resume', () => {
  it('stop reviews from following pushes, and take up what was pushed meanwhile', async () => {
    const { say, tasks, of, push, finish } = pullRequest();
    await say('/crew review');
    await finish();

    const paused = await say('/crew pause');
    expect(paused).toMatchObject({ reaction: 'eyes', reply: expect.stringContaining('are paused') });
    expect(await intake.store.watches.get(of)).toMatchObject({ paused: 'asked', pausedBy: 'mona' });
    expect((await say('/crew pause')).reply).toContain('paused already by mona');
    push('c');
    expect((await say('/crew resume')).reaction).toBe('eyes');

    expect(await intake.store.watches.get(of)).toMatchObject({ paused: null });
    expect(await tasks()).toMatchObject([
      { state: 'queued', request: { pullRequest: { headSha: 'c'.repeat(40) } } },
      { state: 'done' },
    ]);
  });

  it('resume reviews nothing that has its review, and says so', async () => {
    const { say, tasks, finish } = pullRequest();
    await say('/crew review');
    await finish();
    await say('/crew pause');

    expect((await say('/crew resume')).reply).toContain('has its review already');
    expect(await tasks()).toHaveLength(1);
    expect(await say('/crew resume')).toMatchObject({
      reaction: 'confused',
      reply: expect.stringContaining('are not paused'),
    });
  });

  it('of one comment see each other', async () => {
    const { say, of, tasks } = pullRequest();

    await say('/crew pause\n/crew resume');

    expect(await intake.store.watches.get(of)).toMatchObject({ paused: null });
    expect(await tasks()).toHaveLength(1);
  });

  it('resume ends an automatic pause; so does any command, which is a person’s word', async () => {
    const [first, second] = [pullRequest(), pullRequest()];
    for (const { of } of [first, second]) await intake.store.watches.pause(of, 'automatic', 'mona');

    await first.say('/crew resume');
    await second.say('/crew status');

    expect(await first.tasks()).toHaveLength(1);
    expect(await second.tasks()).toEqual([]);
    for (const { of } of [first, second])
      expect(await intake.store.watches.get(of)).toMatchObject({ paused: null });
  });
});

it('a command that an edit adds is run, and is no word that ends an automatic pause', async () => {
  const { say, of } = pullRequest();
  await intake.store.watches.pause(of, 'automatic', 'mona');

  const said = await say('/crew status', { before: 'How far is it?' });

  expect(said.reaction).toBe('eyes');
  expect(await intake.store.watches.get(of)).toMatchObject({ paused: 'automatic' });
});

describe('/crew memory', () => {
  let learned = 0;
  const learn = async (change: Partial<NewMemory> = {}) => {
    learned += 1;
    const evidence = {
      by: 'lisa',
      number: 7,
      url: 'https://github.example/x/7',
      quote: 'resolved the thread',
    };
    const memory = { repositoryId: REPOSITORY, kind: 'dismissed', path: null, evidence } as const;
    const text = `Lesson ${learned}.`;
    await intake.store.memories.add({ ...memory, text, key: `k${learned}`, ...change }, 'lisa');
    const [newest] = await intake.store.memories.list(REPOSITORY, 1);
    return newest?.id ?? '';
  };

  it('lists what was learned, of whom, and how often it was of use', async () => {
    const id = await learn({ text: 'Pipes | and <b>tags</b> stay text.', path: 'a|b.js' });

    const { reply } = await pullRequest().say('/crew memory');

    expect(reply).toContain(
      `| \`${id}\` | dismissed | Pipes \\| and \\<b\\>tags\\</b\\> stay text. (\`a\\|b.js\`) | lisa in [#7](https://github.example/x/7): resolved the thread | 0 times |`,
    );
  });

  it('forgets by id, several at once', async () => {
    const [first, second, kept] = [await learn(), await learn(), await learn()];

    const said = await pullRequest().say(`/crew memory forget ${first} ${second.toUpperCase()}`);

    expect(said).toMatchObject({ reaction: 'eyes', reply: `Forgotten: \`${first}\`, \`${second}\`.` });
    const ids = (await intake.store.memories.list(REPOSITORY, 100)).map(({ id }) => id);
    expect(ids).toContain(kept);
    expect(ids).not.toContain(first);
    expect(ids).not.toContain(second);
  });

  it.each([
    ['an id that is not there', 'forget zzzzzzzz', 'no memory `zzzzzzzz`'],
    ['no id', 'forget', 'to list what the crew learned'],
    ['something else', 'dump', 'to list what the crew learned'],
    ['too many', `forget ${Array.from({ length: 21 }, (_, index) => `x${index}`).join(' ')}`, 'at most 20'],
  ])('forgets nothing for %s', async (_what, args, reply) => {
    const id = await learn();

    const said = await pullRequest().say(`/crew memory ${args}${args === 'forget zzzzzzzz' ? ` ${id}` : ''}`);

    expect(said).toMatchObject({ reaction: 'confused', reply: expect.stringContaining(reply) });
    expect((await intake.store.memories.list(REPOSITORY, 100)).map((memory) => memory.id)).toContain(id);
  });

  it('lists for triage access, and forgets for write access only', async () => {
    const id = await learn();
    const { say } = pullRequest();
    intake.github.permission = 'triage';

    expect((await say('/crew memory')).reply).toContain(id);
    expect((await say(`/crew memory forget ${id}`)).reply).toContain('write access');
    expect((await intake.store.memories.list(REPOSITORY, 100)).map((memory) => memory.id)).toContain(id);
  });
});
