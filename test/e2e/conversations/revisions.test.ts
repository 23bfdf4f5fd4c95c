/** Plans that are not approved as they came: a writer wants another, what they were made for has changed, or the Architect amends them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONVERSATION_TIMEOUT_MS, type CrewStage, crewStage } from '../../support/crew-stage.ts';
import { agrees, amends, audits, findsTested, plans, works } from '../../support/scripted-crew.ts';
import type { StagedRepository } from '../../support/staged-repository.ts';
import { moduleWithTest, tinyShop } from '../../support/tiny-shop.ts';

const BOT = 'hypercode-crew[bot]';
const WRITER = 'mona';
const STRANGER = 'merci';
const CANARY = 'SELL-IT-ALL';
const HOURS = { title: 'Opening hours of the shop', body: 'Say when the shop is open.' };
const RETURNS = { title: 'Returns of goods', body: 'Goods come back within 14 days.' };
const POINTS = { title: 'Points for customers', body: 'Customers collect points.' };

const NOTE = 'Leave the page out.';
const REASON = 'Points must outlive a restart, so they are stored before they are counted.';

const CONVERSATIONS = [
  plans(
    [
      { role: 'backend', title: 'Know the hours' },
      { role: 'qa', title: 'Try the page of hours' },
    ],
    { says: HOURS.title },
  ),
  // The note, and the plan that it is about.
  plans([{ role: 'backend', title: 'Know the hours alone' }], {
    says: [HOURS.title, NOTE, '<plan author="strategist" round="plan">', 'Try the page of hours'],
  }),
  works('backend', { says: HOURS.title, writes: moduleWithTest('hours', 'nine to five') }),

  plans([{ role: 'backend', title: 'Take goods back for 14 days' }], { says: [RETURNS.title, '14 days'] }),
  plans([{ role: 'backend', title: 'Take goods back for 30 days' }], {
    says: [RETURNS.title, 'within 30 days', '<plan '],
  }),
  plans([{ role: 'backend', title: 'Take goods back for 30 days, as in the news' }], {
    says: [RETURNS.title, 'within 30 days', '<plan ', 'Read the news'],
  }),
  works('backend', { says: [RETURNS.title, 'within 30 days'], writes: moduleWithTest('days', 30) }),

  plans(
    [
      { role: 'backend', title: 'Count points' },
      { role: 'frontend', title: 'Show points' },
    ],
    { says: POINTS.title },
  ),
  amends(
    REASON,
    [
      { role: 'database', title: 'Store points' },
      { role: 'backend', title: 'Count stored points', depends_on: ['S1'] },
    ],
    { says: [POINTS.title, 'Show points'] },
  ),
  works('database', { says: POINTS.title, writes: moduleWithTest('stored', 1) }),
  works('backend', { says: POINTS.title, writes: moduleWithTest('counted', 2) }),
  agrees(),
  findsTested(),
  audits(),
];

let stage: CrewStage;
/** Whose base branch moves, which is none of the other conversations' business. */
let till: StagedRepository;
beforeAll(async () => {
  const common = { files: tinyShop(), collaborators: { [WRITER]: 'write' } } as const;
  stage = await crewStage({
    repositories: ['acme/shop', 'acme/till'].map((name) => ({ name, ...common })),
    conversations: CONVERSATIONS,
  });
  till = stage.on('acme/till');
});
afterAll(() => stage.close());

/** Up to the plan that waits; answers the issue's number. */
async function planned(issue: typeof HOURS, repository: StagedRepository): Promise<number> {
  const number = await repository.openIssue(WRITER, issue);
  await repository.label(WRITER, number, 'crew');
  await repository.reaches(number, 'awaiting_approval');
  await stage.quiet();
  return number;
}

/** Says it, and answers the progress comment when all has come to rest. */
async function afterSaying(text: string, number: number, repository: StagedRepository): Promise<string> {
  await repository.say(WRITER, number, text);
  await stage.quiet();
  return (await repository.progressOf(number)) ?? '';
}

describe('a plan that a writer wants otherwise', { timeout: CONVERSATION_TIMEOUT_MS }, () => {
  it('becomes version 2 in the same comment, which is approved and worked on', async () => {
    const number = await planned(HOURS, stage);
    const first = (await stage.progressOf(number)) ?? '';
    await stage.say(STRANGER, number, `/crew plan ${CANARY}`);
    await stage.quiet();
    const second = await afterSaying(`/crew plan ${NOTE}`, number, stage);
    const revised = await stage.task(number);
    const said = await stage.comments(number);
    await stage.say(WRITER, number, '/crew approve');
    await stage.reaches(number, 'done');
    await stage.quiet();

    expect(first).toContain('S2 Try the page of hours');
    expect(revised.state).toBe('awaiting_approval');
    expect(second).toContain('This is version 2 of the plan.');
    expect(second).toContain('S1 Know the hours alone');
    expect(second).not.toContain('Try the page of hours');
    expect(said.filter(({ user }) => user === BOT).map(({ body }) => body)).toEqual([
      second,
      expect.stringContaining('`/crew plan` is for people with write access'),
    ]);
    expect(await stage.progressOf(number)).toContain(`The plan (version 2, approved by ${WRITER})`);
    const { subtasks } = await stage.records(number);
    expect(subtasks.filter(({ key }) => /^S\d/.test(key)).map(({ title }) => title)).toEqual([
      'Know the hours alone',
    ]);
    const folder = await stage.checkoutOfPull(number);
    expect(await stage.runIn(folder, 'ls lib/hours.js && npm test')).toBe(0);
    expect(stage.requests().filter((body) => body.includes(CANARY))).toEqual([]);
    expect(stage.violations()).toEqual([]);
  });
});

describe('approval', { timeout: CONVERSATION_TIMEOUT_MS }, () => {
  it('is refused after the issue was edited, and after the base branch moved, until `/crew plan` has planned upon that', async () => {
    const number = await planned(RETURNS, till);
    await stage.as(WRITER).editIssue('acme/till', number, { body: 'Goods come back within 30 days.' });
    const first = await afterSaying('/crew approve', number, till);
    const second = await afterSaying('/crew plan', number, till);
    const was = (await till.snapshot()).refs['refs/heads/main'] ?? '';
    const is = await till.push(WRITER, { 'NEWS.md': 'Delivery is new.\n' });
    const still = await afterSaying('/crew approve', number, till);
    const third = await afterSaying('/crew plan Read the news.', number, till);
    const waiting = await till.task(number);
    const pushed = Object.keys((await till.snapshot()).refs);
    await till.say(WRITER, number, '/crew approve');
    await till.reaches(number, 'done');
    await stage.quiet();

    expect(first).toContain('S1 Take goods back for 14 days');
    expect(second).toContain('S1 Take goods back for 30 days');
    expect(still).toBe(second);
    expect(third).toContain('S1 Take goods back for 30 days, as in the news');
    expect(third).toContain('This is version 3 of the plan.');
    expect(waiting.state).toBe('awaiting_approval');
    expect(pushed).toEqual(['refs/heads/main']);
    const moved = `\`main\` moved from \`${was.slice(0, 7)}\` to \`${is.slice(0, 7)}\` since the plan was made`;
    const remedy = '`/crew plan` makes a new one.';
    const said = await till.answers(number);
    expect(said).toEqual([
      expect.stringContaining('title or text changed since the plan was made'),
      expect.stringContaining(moved),
    ]);
    expect(said.filter((answer) => !answer.includes(remedy))).toEqual([]);
    const folder = await till.checkoutOfPull(number);
    expect(await stage.runIn(folder, 'ls NEWS.md && grep -q 30 lib/days.js')).toBe(0);
    expect(stage.violations()).toEqual([]);
  });
});

describe('a plan of two specialists', { timeout: CONVERSATION_TIMEOUT_MS }, () => {
  it('is amended by the Architect, and the comment says why before anybody approves it', async () => {
    const number = await planned(POINTS, stage);
    const proposed = await stage.progressOf(number);
    await stage.say(WRITER, number, '/crew approve');
    await stage.reaches(number, 'done');
    await stage.quiet();

    expect(proposed).toContain(`The Architect amended this plan: ${REASON}`);
    expect(proposed).toMatch(/S1 Store points.*database/);
    expect(proposed).toMatch(/S2 Count stored points.*backend.*after S1/);
    expect(proposed).not.toContain('Show points');
    const { subtasks } = await stage.records(number);
    expect(subtasks.filter(({ key }) => /^S\d/.test(key)).map(({ role }) => role)).toEqual([
      'database',
      'backend',
    ]);
    const folder = await stage.checkoutOfPull(number);
    expect(await stage.runIn(folder, 'ls lib/stored.js lib/counted.js && npm test')).toBe(0);
    expect(stage.violations()).toEqual([]);
  });
});
