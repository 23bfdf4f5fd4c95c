/** What happens to a pull request of the crew's own after it was opened: checks that fail, and reviewers. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONVERSATION_TIMEOUT_MS, type CrewStage, crewStage } from '../../support/crew-stage.ts';
import { plans, works } from '../../support/scripted-crew.ts';
import { moduleWithTest, tinyShop } from '../../support/tiny-shop.ts';

const WRITER = 'mona';
const REPO = 'acme/shop';
const LIMIT = 'export const VOUCHERS_MAX = 3;\n';

const CONVERSATIONS = [
  plans([{ role: 'backend', title: 'Add vouchers' }]),
  works('backend', { writes: moduleWithTest('voucher', 500) }),
  works('backend', {
    says: ['<failed_check name="ci"', 'lib/voucher.js has no limit'],
    writes: { 'lib/limit.js': LIMIT },
    summary: 'Says how many vouchers count.',
    replies: [],
  }),
  works('backend', {
    says: ['<word id=', 'Say what it takes off'],
    edits: [{ path: 'lib/voucher.js', from: 'return 500;', to: 'return 500; // cents' }],
    take: {
      thread: { prompt: '<word id="(?<number>\\d+)" on="thread"' },
      comment: { prompt: '<word id="(?<number>\\d+)" on="comment"' },
    },
    replies: [
      { id: 'thread.number', done: true, text: 'It says so at `lib/voucher.js:2`.' },
      { id: 'comment.number', done: true, text: 'Yes, each voucher takes 500 cents off.' },
    ],
  }),
  works('backend', {
    says: ['<failed_check name="lint"', 'Unused variable'],
    runs: ['echo tried >> lib/tried.txt'],
    replies: [],
  }),
  works('backend', {
    says: ['<skipped_commit ', 'lib/voucher.js'],
    writes: moduleWithTest('voucher', 500),
    replies: [],
  }),
];

/** What this is about comes after the pull request. */
const LEAN = { '.github/crew.yml': 'roles: [strategist, backend]\n' };

let stage: CrewStage;
beforeAll(async () => {
  stage = await crewStage({
    repositories: [{ name: REPO, files: tinyShop(LEAN), collaborators: { [WRITER]: 'write' } }],
    conversations: CONVERSATIONS,
    environment: { CREW_QUIET_SECONDS: '1' },
  });
});
afterAll(() => stage.close());

async function ownPull() {
  const issue = await stage.openIssue(WRITER, { title: 'Vouchers', body: 'A voucher takes 500 cents off.' });
  await stage.label(WRITER, issue, 'crew:auto');
  await stage.reaches(issue, 'done');
  await stage.quiet();
  const pull = await stage.pullOf(issue);
  return { issue, number: pull.number, branch: pull.pull?.head.ref ?? '' };
}

describe('a pull request of the crew’s own', { timeout: CONVERSATION_TIMEOUT_MS }, () => {
  it('has a red check fixed in round one, after its failed jobs were run again, and is ready when it is green', async () => {
    const { issue, number, branch } = await ownPull();
    const person = stage.as(WRITER);
    const end = (conclusion: 'failure' | 'success') => ({
      conclusion,
      jobs: [{ name: 'ci', conclusion, log: 'not ok 1 - lib/voucher.js has no limit' }],
    });

    const first = await person.workflowRun(REPO, { name: 'CI', branch, ...end('failure') });
    await stage.quiet();
    const rounds = await stage.tasks(number);
    await person.finishRun(REPO, first.id, end('failure'));
    await stage.reaches(number, 'done');
    await stage.quiet();
    await person.workflowRun(REPO, { name: 'CI', branch, ...end('success') });
    await stage.quiet();

    expect(rounds).toEqual([]);
    expect(await stage.tasks(number)).toMatchObject([
      {
        kind: 'fix',
        request: {
          cause: { kind: 'checks', checks: [{ name: 'ci', log: expect.stringContaining('no limit') }] },
        },
      },
    ]);
    const folder = await stage.checkoutOf(branch);
    expect(await stage.runIn(folder, 'cat lib/limit.js && npm test')).toBe(0);
    expect((await stage.pullOf(issue)).pull?.draft).toBe(false);
    expect(stage.violations()).toEqual([]);
  });

  it('has a reviewer’s comments answered by a commit, in one round, and their thread resolved', async () => {
    const { number, branch } = await ownPull();
    const person = stage.as(WRITER);

    await person.review(REPO, number, {
      event: 'COMMENT',
      body: '',
      comments: [{ path: 'lib/voucher.js', line: 2, side: 'RIGHT', body: 'Say what it takes off.' }],
    });
    await stage.say(WRITER, number, 'Does each of them count?');
    await stage.reaches(number, 'done');
    await stage.quiet();

    expect(await stage.tasks(number)).toHaveLength(1);
    const folder = await stage.checkoutOf(branch);
    expect(await stage.runIn(folder, "grep -q 'return 500; // cents' lib/voucher.js && npm test")).toBe(0);
    expect(await stage.answers(number)).toEqual([
      expect.stringContaining('Yes, each voucher takes 500 cents off.'),
    ]);
    const { reviewComments } = await stage.snapshot();
    const thread = reviewComments.filter((one) => one.number === number);
    expect(thread.map(({ body }) => body)).toEqual([
      'Say what it takes off.',
      expect.stringContaining('It says so at `lib/voucher.js:2`.'),
    ]);
    expect(thread[0]?.resolvedBy).toBe('hypercode-crew[bot]');
    expect(stage.violations()).toEqual([]);
  });

  it('is handed to a person, with the reason, when the same check is red after two rounds', async () => {
    const { issue, number, branch } = await ownPull();
    const fail = async () => {
      const head = (await stage.pullOf(issue)).pull?.head.sha ?? '';
      const wish = {
        name: 'lint',
        conclusion: 'failure',
        title: 'Failed',
        summary: 'Error: Unused variable',
      };
      await stage.as(WRITER).checkRun(REPO, head, wish, 'lint-bot');
      await stage.quiet();
    };

    await fail();
    await fail();
    const rounds = await stage.tasks(number);
    await fail();

    expect(rounds.map(({ kind, state }) => [kind, state])).toEqual([
      ['fix', 'done'],
      ['fix', 'done'],
    ]);
    expect(await stage.tasks(number)).toHaveLength(2);
    expect(await stage.answers(number)).toEqual([
      expect.stringContaining('The same checks failed in the same way after 2 rounds.'),
    ]);
    expect((await stage.pullOf(issue)).labels).toContain('crew:needs-human');
    expect(await stage.runIn(await stage.checkoutOf(branch), 'test $(wc -l < lib/tried.txt) = 2')).toBe(0);
    expect(stage.violations()).toEqual([]);
  });

  it('is brought onto its base when that moved on', async () => {
    const { number, branch } = await ownPull();

    const base = await stage.push(WRITER, { 'lib/voucher.js': 'export const voucher = () => 100;\n' });
    await stage.reaches(number, 'done');
    await stage.quiet();

    const folder = await stage.checkoutOf(branch);
    expect(await stage.runIn(folder, `git merge-base --is-ancestor ${base} HEAD && npm test`)).toBe(0);
    expect(stage.violations()).toEqual([]);
  });
});
