/** Issues that do not come to a plan at once: the Strategist asks and a writer answers, or it finds that nothing has to be done. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONVERSATION_TIMEOUT_MS, type CrewStage, crewStage } from '../../support/crew-stage.ts';
import { asks, findsNothingToDo, plans, works } from '../../support/scripted-crew.ts';
import { moduleWithTest, tinyShop } from '../../support/tiny-shop.ts';

const WRITER = 'mona';
const STRANGER = 'merci';
const CANARY = 'SELL-IT-ALL';
const GIFT_CARDS = { title: 'Gift cards for tea', body: 'Some customers may buy gift cards.' };
const PARCELS = { title: 'Parcels by weight', body: 'A parcel has a greatest weight.' };
const TOTALS = { title: 'Totals of baskets', body: 'Add up the prices of a basket.' };

const WHO = 'Who may buy them?';
const WEIGHT = 'How many grams may it weigh?';
const REASON = 'lib/price.js:4 adds them up already, and test/price.test.js shows it.';

/** A plan and the work on it are played only where the answer to the question is read. */
const CONVERSATIONS = [
  asks([WHO], { says: GIFT_CARDS.title }),
  plans([{ role: 'backend', title: 'Sell gift cards to the tea club' }], {
    says: [GIFT_CARDS.title, 'the tea club may'],
  }),
  works('backend', {
    says: [GIFT_CARDS.title, 'the tea club may'],
    writes: moduleWithTest('buyers', 'club'),
  }),
  asks([WEIGHT], { says: PARCELS.title }),
  plans([{ role: 'backend', title: 'Weigh parcels' }], { says: [PARCELS.title, '2000 grams'] }),
  works('backend', { says: [PARCELS.title, '2000 grams'], writes: moduleWithTest('grams', 2000) }),
  findsNothingToDo(REASON, { says: TOTALS.title }),
];

/** What this is about ends with the plan. */
const LEAN = { '.github/crew.yml': 'roles: [strategist, backend]\n' };

let stage: CrewStage;
beforeAll(async () => {
  stage = await crewStage({
    repositories: [{ name: 'acme/shop', files: tinyShop(LEAN), collaborators: { [WRITER]: 'write' } }],
    conversations: CONVERSATIONS,
  });
});
afterAll(() => stage.close());

/** Answers the issue's number. */
async function labelled(issue: typeof GIFT_CARDS, label: string): Promise<number> {
  const number = await stage.openIssue(WRITER, issue);
  await stage.label(WRITER, number, label);
  return number;
}

async function reactionsTo(comment: number): Promise<readonly string[]> {
  const { reactions } = await stage.snapshot();
  return reactions.flatMap(({ subjectKind, subject, content }) =>
    subjectKind === 'comment' && subject === comment ? [content] : [],
  );
}

describe('a question of the Strategist', { timeout: CONVERSATION_TIMEOUT_MS }, () => {
  it('waits for a writer, whose plain comment goes into the plan, the work and the pull request', async () => {
    const number = await labelled(GIFT_CARDS, 'crew');
    await stage.reaches(number, 'awaiting_answer');
    await stage.quiet();
    const asked = await stage.progressOf(number);
    const before = stage.requests().length;
    const strangers = await stage.say(STRANGER, number, `Everybody may: ${CANARY}.`);
    await stage.say(STRANGER, number, `/crew plan ${CANARY}`);
    await stage.quiet();
    await stage.say(WRITER, number, '/crew approve');
    await stage.quiet();
    const waiting = await stage.task(number);
    const after = stage.requests().length;
    const writers = await stage.say(WRITER, number, 'Those in the tea club may.');
    await stage.reaches(number, 'awaiting_approval');
    await stage.quiet();
    const proposed = await stage.progressOf(number);
    await stage.say(WRITER, number, '/crew approve');
    await stage.reaches(number, 'done');
    await stage.quiet();

    expect(asked).toContain('The Strategist has to know more before it can plan.');
    expect(asked).toContain(`Questions:\n- ${WHO}`);
    expect(waiting.state).toBe('awaiting_answer');
    expect(after).toBe(before);
    expect(await stage.answers(number)).toEqual([
      expect.stringContaining('`/crew plan` is for people with write access'),
      expect.stringContaining('The Strategist asked something here and waits for the answer'),
    ]);
    expect([await reactionsTo(strangers), await reactionsTo(writers)]).toEqual([[], ['eyes']]);
    expect(proposed).toContain('Here is the plan. It waits for approval.');
    expect(proposed).toContain('S1 Sell gift cards to the tea club');
    expect(proposed).not.toContain(WHO);
    expect(await stage.tasks(number)).toHaveLength(1);
    const folder = await stage.checkoutOfPull(number);
    expect(await stage.runIn(folder, 'grep -q club lib/buyers.js && npm test')).toBe(0);
    expect(stage.requests().filter((body) => body.includes(CANARY))).toEqual([]);
    expect(stage.violations()).toEqual([]);
  });

  it('is answered by `/crew plan`, too, after which work that needs no approval goes on by itself', async () => {
    const number = await labelled(PARCELS, 'crew:auto');
    await stage.reaches(number, 'awaiting_answer');
    await stage.quiet();
    const asked = await stage.progressOf(number);
    await stage.say(WRITER, number, '/crew plan It is 2000 grams.');
    await stage.reaches(number, 'done');
    await stage.quiet();

    expect(asked).toContain(`Questions:\n- ${WEIGHT}`);
    const pull = await stage.pullOf(number);
    expect(await stage.progressOf(number)).toContain(`/pull/${pull.number}`);
    const folder = await stage.checkoutOfPull(number);
    expect(await stage.runIn(folder, 'grep -q 2000 lib/grams.js')).toBe(0);
    expect(stage.violations()).toEqual([]);
  });
});

describe('an issue that needs no change', { timeout: CONVERSATION_TIMEOUT_MS }, () => {
  it('ends with the reason, without a branch and without a pull request', async () => {
    const before = await stage.snapshot();
    const number = await labelled(TOTALS, 'crew');
    await stage.reaches(number, 'done');
    await stage.quiet();

    const progress = await stage.progressOf(number);
    expect(progress).toContain('Nothing has to be done, the Strategist found.');
    expect(progress).toContain(REASON);
    expect(await stage.answers(number)).toEqual([]);
    const after = await stage.snapshot();
    expect(after.pulls).toEqual(before.pulls);
    expect(after.refs).toEqual(before.refs);
    expect(stage.violations()).toEqual([]);
  });
});
