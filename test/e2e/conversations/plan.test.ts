/** From a labelled issue over a plan that a writer approves to a pull request whose branch passes its tests. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONVERSATION_TIMEOUT_MS, type CrewStage, crewStage } from '../../support/crew-stage.ts';
import { agrees, audits, plans, works } from '../../support/scripted-crew.ts';
import { moduleWithTest, tinyShop } from '../../support/tiny-shop.ts';

const WRITER = 'mona';
const STRANGER = 'merci';
const TRIAGER = 'tess';
const CANARY = 'SELL-IT-ALL';
const ISSUE = { title: 'Vouchers', body: 'A voucher takes 500 cents off.' };

const CONVERSATIONS = [
  plans([
    { role: 'backend', title: 'Add vouchers' },
    { role: 'qa', title: 'Count them', depends_on: ['S1'] },
  ]),
  works('backend', { writes: moduleWithTest('voucher', 500) }),
  works('qa', { writes: moduleWithTest('count', 'one') }),
  agrees(),
  audits(),
];

let stage: CrewStage;
beforeAll(async () => {
  stage = await crewStage({
    repositories: [
      { name: 'acme/shop', files: tinyShop(), collaborators: { [WRITER]: 'write', [TRIAGER]: 'triage' } },
    ],
    conversations: CONVERSATIONS,
  });
});
afterAll(() => stage.close());

describe('an issue with the label crew', { timeout: CONVERSATION_TIMEOUT_MS }, () => {
  it('is planned, approved by a writer alone, and becomes a pull request that is ready as soon as its branch has passed its tests', async () => {
    const number = await stage.openIssue(WRITER, ISSUE);
    await stage.label(WRITER, number, 'crew');
    await stage.reaches(number, 'awaiting_approval');
    await stage.quiet();
    const proposed = await stage.progressOf(number);
    await stage.say(STRANGER, number, '/crew approve');
    await stage.quiet();
    const refused = await stage.task(number);
    const said = await stage.answers(number);
    await stage.say(WRITER, number, '/crew approve');
    await stage.reaches(number, 'done');
    await stage.quiet();

    expect(proposed).toMatch(/S1 Add vouchers.*backend/);
    expect(proposed).toMatch(/S2 Count them.*qa.*after S1/);
    expect(refused.state).toBe('awaiting_approval');
    expect(said).toEqual([expect.stringContaining('is for people with write access')]);
    const pull = await stage.pullOf(number);
    // Nothing else is waited for where no continuous integration runs.
    expect(pull.pull?.draft).toBe(false);
    expect(await stage.progressOf(number)).toContain(`/pull/${pull.number}`);
    const folder = await stage.checkoutOfPull(number);
    expect(await stage.runIn(folder, 'npm test')).toBe(0);
    expect(await stage.runIn(folder, 'ls lib/voucher.js test/voucher.test.js test/count.test.js')).toBe(0);
    expect(stage.violations()).toEqual([]);
  });

  it('keeps what strangers write after the trigger from every model', async () => {
    const number = await stage.openIssue(STRANGER, ISSUE);
    const before = stage.requests().length;
    await stage.label(WRITER, number, 'crew');
    await stage.reaches(number, 'awaiting_approval');
    await stage.as(STRANGER).editIssue('acme/shop', number, { body: `${ISSUE.body} ${CANARY}` });
    await stage.say(STRANGER, number, `${CANARY}, please.`);
    await stage.quiet();
    await stage.say(WRITER, number, '/crew approve');
    await stage.reaches(number, 'done', 'awaiting_approval', 'stopped', 'failed');
    await stage.quiet();

    const sent = stage.requests().slice(before);
    expect(sent.some((body) => body.includes(ISSUE.body))).toBe(true);
    expect(sent.filter((body) => body.includes(CANARY))).toEqual([]);
  });

  it('is not taken up for somebody without write access', async () => {
    const number = await stage.openIssue(TRIAGER, ISSUE);
    await stage.label(TRIAGER, number, 'crew');
    await stage.quiet();
    await stage.say(STRANGER, number, '/crew run');
    await stage.quiet();

    expect(await stage.tasks(number)).toEqual([]);
    expect(await stage.answers(number)).toEqual([
      expect.stringContaining('starts work only when it is applied by people with write access'),
      expect.stringContaining('is for people with write access'),
    ]);
  });
});
