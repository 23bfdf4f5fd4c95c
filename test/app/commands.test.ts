import { mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadCommands } from '../../src/app/probot/load-commands.ts';
import { helpComment } from '../../src/core/messages/commands.ts';
import type { Effect, Task } from '../../src/core/records.ts';
import { planAnswer } from '../support/records.ts';
import { webhookExample } from '../support/webhook-examples.ts';
import { type Intake, startIntake } from './intake-parts.ts';

const REPOSITORY = 186853002;
let intake: Intake;
let lastNumber = 100;
let lastComment = 1000;

beforeAll(async () => {
  intake = await startIntake();
});
afterAll(() => intake.close());

interface Conversation {
  readonly number: number;
  /** Writes a comment and answers what the crew then wants to tell GitHub about that comment. */
  say(
    body: string,
    change?: {
      readonly sender?: object;
      readonly onPullRequest?: boolean;
      readonly closed?: boolean;
      readonly guid?: string;
      readonly commentId?: number;
      readonly before?: string;
    },
  ): Promise<Said>;
  tasks(): Promise<readonly Task[]>;
  /** Brings the newest task to a plan that waits for approval. */
  proposePlan(): Promise<string>;
}

interface Said {
  readonly reaction: string | null;
  readonly reply: string | null;
  readonly reason: string | undefined;
}

function conversation(): Conversation {
  lastNumber += 1;
  const number = lastNumber;
  const tasks = () => intake.store.tasks.onSubject(REPOSITORY, number);
  return {
    number,
    tasks,
    say: async (body, change = {}) => {
      lastComment += 1;
      const id = change.commentId ?? lastComment;
      const example = webhookExample('issue_comment', 'created');
      const sender = change.sender ?? { login: 'mona', type: 'User' };
      const guid = await intake.deliver(
        'issue_comment',
        {
          ...example,
          action: change.before === undefined ? 'created' : 'edited',
          ...(change.before === undefined ? {} : { changes: { body: { from: change.before } } }),
          issue: {
            ...(example.issue as object),
            number,
            state: change.closed ? 'closed' : 'open',
            ...(change.onPullRequest ? { pull_request: {} } : {}),
          },
          comment: { id, body, user: sender },
          sender,
        },
        change.guid === undefined ? {} : { guid: change.guid },
      );
      return saidTo(id, guid);
    },
    proposePlan: async () => {
      const [task] = await tasks();
      if (task === undefined) throw new Error('there is no task to plan');
      const answer = planAnswer([{ key: 'S1', role: 'backend' }]);
      const plan = await intake.store.plans.propose({
        taskId: task.id,
        hash: 'hash-1',
        answer,
        estimateUsd: 1,
      });
      await intake.store.tasks.move(task.id, 'awaiting_approval', { reason: null, actor: 'system' });
      return plan.hash;
    },
  };
}

async function saidTo(commentId: number, guid: string): Promise<Said> {
  const effects = await effectsAfter(guid);
  const reaction = effects.find(
    ({ action }) =>
      action.kind === 'reaction' && 'commentId' in action.target && action.target.commentId === commentId,
  );
  const reply = effects.find(({ key }) => key.startsWith('reply:'));
  const delivery = await intake.store.deliveries.get(guid);
  return {
    reaction: reaction?.action.kind === 'reaction' ? reaction.action.content : null,
    reply: reply?.action.kind === 'comment' ? reply.action.body : null,
    reason: delivery?.decisions[0]?.reason,
  };
}

/** Replies on an issue, whichever comment they answer. */
async function repliesOn(number: number): Promise<readonly string[]> {
  const rung = intake.rung.flatMap(({ job }) => (job.step === 'publish' ? [job.effectId] : []));
  const effects = await Promise.all([...new Set(rung)].map((id) => intake.store.effects.get(id)));
  return effects.flatMap((effect) =>
    effect?.action.kind === 'comment' && effect.action.number === number ? [effect.action.body] : [],
  );
}

/** Effects that were first rung for by the delivery with this GUID. */
async function effectsAfter(guid: string): Promise<readonly Effect[]> {
  const at = intake.rung.findIndex(({ job }) => job.step === 'dispatch' && job.guid === guid);
  const idsOf = (rung: Intake['rung']) =>
    rung.flatMap(({ job }) => (job.step === 'publish' ? [job.effectId] : []));
  const before = idsOf(intake.rung.slice(0, at));
  const ids = idsOf(intake.rung.slice(at)).filter((id) => !before.includes(id));
  const found = await Promise.all(ids.map((id) => intake.store.effects.get(id)));
  return found.filter((effect) => effect !== null);
}

describe('commands', () => {
  it('/crew plan starts a task that waits for approval, with eyes at once', async () => {
    const { say, tasks } = conversation();

    expect(await say('/crew plan mind the tests')).toMatchObject({ reaction: 'eyes', reply: null });
    expect(await tasks()).toMatchObject([
      {
        kind: 'implement',
        requester: 'mona',
        request: { approval: 'required', note: 'mind the tests', baseSha: 'a'.repeat(40) },
      },
    ]);
  });

  it('/crew run starts a task that does not wait', async () => {
    const { say, tasks } = conversation();

    await say('/crew run');

    expect(await tasks()).toMatchObject([{ request: { approval: 'auto' } }]);
    expect(await say('/crew run')).toMatchObject({
      reaction: 'confused',
      reply: expect.stringContaining('/crew stop'),
    });
  });

  it('/crew approve approves the plan that waits, by its hash', async () => {
    const { say, tasks, proposePlan } = conversation();
    await say('/crew plan');
    await proposePlan();

    expect(await say('/crew approve')).toMatchObject({ reaction: 'eyes', reply: null });
    const [task] = await tasks();
    expect(await intake.store.plans.latest(task?.id ?? '')).toMatchObject({
      state: 'approved',
      approvedBy: 'mona',
    });
  });

  it('/crew approve is refused when nothing waits', async () => {
    expect(await conversation().say('/crew approve')).toMatchObject({
      reaction: 'confused',
      reply: expect.stringContaining('/crew plan'),
    });
  });

  it('/crew approve is refused when the base moved since the plan', async () => {
    const { say, tasks, proposePlan } = conversation();
    await say('/crew plan');
    await proposePlan();
    intake.github.head = 'f'.repeat(40);

    const said = await say('/crew approve');

    intake.github.head = 'a'.repeat(40);
    expect(said).toMatchObject({
      reaction: 'confused',
      reply: expect.stringContaining('moved from `aaaaaaa` to `fffffff`'),
    });
    expect(await tasks()).toMatchObject([{ state: 'awaiting_approval' }]);
  });

  it('/crew retry leaves alone what a newer plan replaced', async () => {
    const { say, tasks, proposePlan } = conversation();
    await say('/crew plan');
    await proposePlan();
    await say('/crew plan once more');
    await intake.store.tasks.move((await tasks())[0]?.id ?? '', 'done', { reason: null, actor: 'system' });

    expect(await say('/crew retry')).toMatchObject({
      reaction: 'confused',
      reply: expect.stringContaining('nothing to retry'),
    });
    expect((await tasks()).map(({ state }) => state)).toEqual(['done', 'stopped']);
  });

  it('/crew retry takes the review of the present head up again, and no other', async () => {
    const { say, tasks } = conversation();
    await say('/crew review', { onPullRequest: true });
    await intake.store.tasks.move((await tasks())[0]?.id ?? '', 'failed', {
      reason: 'lost',
      actor: 'system',
    });

    intake.github.pullRequest = { headSha: 'e'.repeat(40) };
    const ofOldHead = await say('/crew retry', { onPullRequest: true });
    intake.github.pullRequest = {};
    const ofPresentHead = await say('/crew retry', { onPullRequest: true });

    expect([ofOldHead.reaction, ofPresentHead.reaction]).toEqual(['confused', 'eyes']);
    expect(await tasks()).toMatchObject([{ state: 'queued' }]);
  });

  it('/crew retry goes on with the budget that the repository has raised meanwhile', async () => {
    const { say, tasks } = conversation();
    intake.github.config = 'budget:\n  per_task_usd: 1';
    await say('/crew run');
    const [task] = await tasks();
    await intake.store.tasks.move(task?.id ?? '', 'over_budget', { reason: 'spent', actor: 'system' });

    intake.github.config = 'budget:\n  per_task_usd: 3';
    await say('/crew retry');
    intake.github.config = null;

    expect([task?.budgetUsd, (await tasks())[0]]).toMatchObject([1, { state: 'queued', budgetUsd: 3 }]);
  });

  it('/crew plan replaces a plan that waits, /crew run approves it', async () => {
    const { say, tasks, proposePlan } = conversation();
    await say('/crew plan');
    await proposePlan();
    await say('/crew plan once more');
    await proposePlan();

    expect(await tasks()).toMatchObject([
      { state: 'awaiting_approval' },
      { state: 'stopped', reason: 'Replaced by a new plan.' },
    ]);
    await say('/crew run');
    expect(await intake.store.plans.latest((await tasks())[0]?.id ?? '')).toMatchObject({
      state: 'approved',
    });
  });

  it('/crew stop ends all that runs, /crew retry takes the newest up again', async () => {
    const { say, tasks } = conversation();
    await say('/crew run');

    await say('/crew stop');
    expect(await tasks()).toMatchObject([{ state: 'stopped', reason: 'Stopped by mona.' }]);
    expect(await say('/crew stop')).toMatchObject({ reaction: 'confused' });
    await say('/crew retry');
    expect(await tasks()).toMatchObject([{ state: 'queued' }]);
    expect(await say('/crew retry')).toMatchObject({ reaction: 'confused' });
  });

  it('/crew review reviews the present head again and again, but not twice at once', async () => {
    const { say, tasks } = conversation();
    await say('/crew review', { onPullRequest: true });
    expect(await say('/crew review', { onPullRequest: true })).toMatchObject({
      reply: expect.stringContaining('runs already'),
    });
    const [first] = await tasks();
    await intake.store.tasks.move(first?.id ?? '', 'done', { reason: null, actor: 'system' });

    await say('/crew review', { onPullRequest: true });

    expect(await tasks()).toMatchObject([{ kind: 'review' }, { kind: 'review', state: 'done' }]);
  });

  it.each([
    ['/crew ask where is the store?', null, 'where is the store?'],
    ['/crew ask backend: where is the store?', 'backend', 'where is the store?'],
    ['/crew ask note: where is it?', null, 'note: where is it?'],
  ])('%s asks %s', async (body, role, question) => {
    const { say, tasks } = conversation();

    await say(body);

    expect(await tasks()).toMatchObject([
      { kind: 'ask', request: { role, question, headSha: 'a'.repeat(40) } },
    ]);
  });

  it('/crew ask on a pull request asks about its head, and goes by the rules of its base', async () => {
    const { say, tasks } = conversation();

    await say('/crew ask why?', { onPullRequest: true });

    expect(await tasks()).toMatchObject([
      { kind: 'ask', request: { headSha: 'b'.repeat(40), baseSha: 'a'.repeat(40) } },
    ]);
  });

  it('/crew ask without a question says how to write it', async () => {
    expect(await conversation().say('/crew ask')).toMatchObject({
      reaction: 'confused',
      reply: expect.stringContaining('question is missing'),
    });
  });

  it('/crew status lists the tasks, /crew help the commands, /crew config the configuration', async () => {
    const { say } = conversation();
    await say('/crew plan');

    expect((await say('/crew status')).reply).toContain('| implement | queued | mona | $0.00 of $5.00 |');
    expect((await say('/crew')).reply).toContain('/crew ask [role:] <question>');
    intake.github.config = 'max_subtasks: 3\naproval: auto\n';
    const config = (await say('/crew config')).reply;
    intake.github.config = null;
    expect(config).toContain('max_subtasks: 3 # .github/crew.yml:1');
    expect(config).toContain('approval: required # default');
    expect(config).toContain('line 2: `aproval`');
  });

  it('an unknown command gets the nearest one', async () => {
    expect(await conversation().say('/crew pln')).toMatchObject({
      reaction: 'confused',
      reply: expect.stringContaining('Did you mean `/crew plan`?'),
    });
  });

  it.each([
    ['/crew plan', { onPullRequest: true }, 'issues only'],
    ['/crew review', {}, 'pull requests only'],
    ['/crew plan', { closed: true }, 'is closed'],
  ])('%s is refused where it makes no sense: %j', async (body, change, reply) => {
    const { say, tasks } = conversation();

    expect(await say(body, change)).toMatchObject({
      reaction: 'confused',
      reply: expect.stringContaining(reply),
    });
    expect(await tasks()).toEqual([]);
  });

  it('somebody without access starts nothing, and is told so once a thread', async () => {
    const { say, tasks } = conversation();
    intake.github.permission = 'read';

    const [first, second] = [await say('/crew run'), await say('/crew stop')];

    intake.github.permission = 'write';
    expect(first).toMatchObject({ reaction: 'confused', reply: expect.stringContaining('write access') });
    expect(second).toMatchObject({ reaction: 'confused', reply: null });
    expect(await tasks()).toEqual([]);
  });

  it('a permission that cannot be looked up is no permission: the delivery is tried again', async () => {
    const { say, tasks } = conversation();
    const guid = 'permission-fails';
    intake.github.permission = new Error('GitHub is down');

    await say('/crew run', { guid });

    intake.github.permission = 'write';
    expect(await tasks()).toEqual([]);
    expect(await intake.store.deliveries.get(guid)).toMatchObject({
      state: 'received',
      attempts: 1,
      error: 'GitHub is down',
    });
    intake.advance(5_000);
    await intake.dispatcher.dispatch(guid);
    expect(await tasks()).toHaveLength(1);
  });

  it('several of one comment are run in order, each seeing what the one before changed', async () => {
    const { say, tasks } = conversation();
    await say('/crew run');

    await say('/crew stop\n/crew plan');

    expect((await tasks()).map(({ state }) => state)).toEqual(['queued', 'stopped']);
  });

  it.each([
    ['/crew plan\n/crew stop', ['stopped'], []],
    ['/crew plan first\n/crew run', ['queued'], ['The crew works on this already']],
    ['/crew run\n/crew stop\n/crew retry', ['queued'], []],
    ['/crew ask one?\n/crew plan\n/crew stop', ['stopped', 'stopped'], []],
  ])('of one comment see what those before started: %j', async (body, states, replies) => {
    const { say, tasks, number } = conversation();

    await say(body);

    expect((await tasks()).map(({ state }) => state)).toEqual(states);
    const said = await repliesOn(number);
    expect(said).toEqual(replies.map((reply) => expect.stringContaining(reply)));
  });

  it('of one comment beyond the fifth are refused by name of the limit', async () => {
    const { say } = conversation();

    const { reply } = await say(
      Array.from({ length: 6 }, (_, index) => `/crew ask question ${index}`).join('\n'),
    );

    expect(reply).toContain('at most 5');
  });

  it('a replay under a new GUID changes nothing', async () => {
    const { say, tasks } = conversation();
    await say('/crew run', { commentId: 77 });
    await say('/crew stop');

    const said = await say('/crew run', { commentId: 77 });

    expect(said).toMatchObject({
      reaction: null,
      reply: null,
      reason: '/crew run of this comment was run before',
    });
    expect(await tasks()).toMatchObject([{ state: 'stopped' }]);
  });

  it('an edit runs only what it added', async () => {
    const { say, tasks } = conversation();
    await say('/crew ask one?', { commentId: 88 });

    await say('/crew ask one?\n/crew ask two?', { commentId: 88, before: '/crew ask one?' });

    expect((await tasks()).map(({ request }) => (request.kind === 'ask' ? request.question : ''))).toEqual([
      'two?',
      'one?',
    ]);
  });
});

describe('the folder of commands', () => {
  it('holds one command a file, and help lists each', async () => {
    const commands = await loadCommands();

    const files = await readdir(new URL('../../src/app/commands/', import.meta.url));
    expect(commands.map(({ name }) => `${name}.ts`)).toEqual(files.sort());
    const help = helpComment(commands, []);
    for (const { usage } of commands) expect(help).toContain(usage.split(' ').slice(0, 2).join(' '));
  });

  it('takes a new command as one new file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'crew-commands-'));
    const text = `export const command = { name: 'wave', summary: 'Waves.', usage: '/crew wave', access: 'read', on: ['issue'], onlyOpen: false, run: async () => [] };`;
    await writeFile(join(folder, 'wave.js'), text);

    const commands = await loadCommands(pathToFileURL(`${folder}/`));

    expect(helpComment(commands, [])).toContain('| `/crew wave` | Waves. | issues | read |');
  });

  it('refuses a file that holds no command', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'crew-commands-'));
    await writeFile(join(folder, 'wave.js'), 'export const other = 1;');

    await expect(loadCommands(pathToFileURL(`${folder}/`))).rejects.toThrow(
      'wave.js does not export a valid "command"',
    );
  });
});
