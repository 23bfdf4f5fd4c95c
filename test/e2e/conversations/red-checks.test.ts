/** Checks of the repository that fail on what the crew made, before anything of it is published. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONVERSATION_TIMEOUT_MS, type CrewStage, crewStage } from '../../support/crew-stage.ts';
import { agrees, audits, plans, works } from '../../support/scripted-crew.ts';
import { moduleWithTest, tinyShop } from '../../support/tiny-shop.ts';

const WRITER = 'mona';
const VOUCHERS = { title: 'Vouchers of the shop', body: 'A voucher takes 500 cents off.' };
const RIDDLES = { title: 'Riddles of the shop', body: 'A riddle is answered by 42.' };
/** As the backend specialist leaves it: its test, by QA, names this file. */
const unfinished = (name: string) => `export function ${name}() {\n  throw new Error('unfinished');\n}\n`;
const whole = { ...moduleWithTest('voucher', 500), ...moduleWithTest('riddle', 42) };
const only = (path: string) => ({ [path]: whole[path] ?? '' });

const CONVERSATIONS = [
  ...[
    { issue: VOUCHERS, name: 'voucher' },
    { issue: RIDDLES, name: 'riddle' },
  ].flatMap(({ issue, name }) => [
    plans(
      [
        { role: 'backend', title: `Add the ${name}` },
        { role: 'qa', title: `Test the ${name}`, depends_on: ['S1'] },
      ],
      { says: issue.title },
    ),
    works('backend', { says: issue.title, writes: { [`lib/${name}.js`]: unfinished(name) } }),
    works('qa', { says: issue.title, writes: only(`test/${name}.test.js`), fails: true }),
  ]),
  works('backend', {
    says: [VOUCHERS.title, '<repair>', 'unfinished', 'lib/voucher.js'],
    writes: only('lib/voucher.js'),
  }),
  works('backend', {
    says: [RIDDLES.title, '<repair>', 'unfinished', 'lib/riddle.js'],
    runs: ['echo tried >> lib/tried.txt'],
    fails: true,
    not_done: ['The riddle is too hard.'],
  }),
  agrees(),
  audits(),
];

let stage: CrewStage;
beforeAll(async () => {
  stage = await crewStage({
    repositories: [{ name: 'acme/shop', files: tinyShop(), collaborators: { [WRITER]: 'write' } }],
    conversations: CONVERSATIONS,
  });
});
afterAll(() => stage.close());

async function done(issue: typeof VOUCHERS) {
  const number = await stage.openIssue(WRITER, issue);
  await stage.label(WRITER, number, 'crew:auto');
  const task = await stage.reaches(number, 'done');
  await stage.quiet();
  const { subtasks, results } = await stage.records(number);
  const exits = subtasks
    .filter(({ kind }) => kind === 'verify')
    .map(({ id, key }) => {
      const outcome = results.find(({ subtaskId }) => subtaskId === id)?.outcome;
      return [key, outcome?.kind === 'checks' ? outcome.runs.map(({ exitCode }) => exitCode) : null];
    });
  const repairs = subtasks.filter(({ key }) => key.startsWith('fix-')).map(({ key, role }) => [key, role]);
  const pull = await stage.pullOf(number);
  return { number, task, exits, repairs, pull, folder: await stage.checkoutOfPull(number) };
}

describe('checks that are red after the work', { timeout: CONVERSATION_TIMEOUT_MS }, () => {
  it('send it back to whose file they name, and are green after round one: nobody else has to look', async () => {
    const { number, task, exits, repairs, pull, folder } = await done(VOUCHERS);

    expect(exits).toEqual([
      ['before', [0]],
      ['verify', [1]],
      ['verify-2', [0]],
    ]);
    expect(repairs).toEqual([['fix-1', 'backend']]);
    expect(task.reason).toBeNull();
    expect(pull.labels).not.toContain('crew:needs-human');
    expect(pull.body).toContain('passed on');
    expect(await stage.progressOf(number)).toContain(`/pull/${pull.number}`);
    expect(await stage.runIn(folder, 'npm test && grep -q 500 lib/voucher.js')).toBe(0);
    expect(stage.violations()).toEqual([]);
  });

  it('leave a draft with the label crew:needs-human and the reason when two repairs did not mend them', async () => {
    const { number, task, exits, repairs, pull, folder } = await done(RIDDLES);

    const reason =
      'The pull request is open, and needs a person: not all is well after 2 repairs.\n\n- `npm test` ended with 1.';
    expect(exits).toEqual([
      ['before', [0]],
      ['verify', [1]],
      ['verify-2', [1]],
      ['verify-3', [1]],
    ]);
    expect(repairs).toEqual([
      ['fix-1', 'backend'],
      ['fix-2', 'backend'],
    ]);
    expect(task.reason).toBe(reason);
    expect(await stage.progressOf(number)).toContain(reason);
    expect(pull.pull?.draft).toBe(true);
    expect(pull.labels).toContain('crew:needs-human');
    expect(pull.body).toContain('This needs a person');
    expect(pull.body).toContain('`npm test` ended with 1.');
    expect(await stage.runIn(folder, 'test $(wc -l < lib/tried.txt) = 2 && npm test')).toBe(1);
    expect(stage.violations()).toEqual([]);
  });
});
