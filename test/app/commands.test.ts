import { mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadCommands } from '../../src/app/probot/load-commands.ts';
import { helpComment } from '../../src/core/messages/commands.ts';
import { conversationIn, repliesOn } from './conversation.ts';
import { type Intake, startIntake } from './intake-parts.ts';

let intake: Intake;

beforeAll(async () => {
  intake = await startIntake();
});
afterAll(() => intake.close());

const conversation = () => conversationIn(intake);

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
    const said = await repliesOn(intake, number);
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
