/** What work may cost: of one task, and of a repository's month. The crew stops before the call that would be too much, and goes on when it may. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONVERSATION_TIMEOUT_MS, type CrewStage, crewStage } from '../../support/crew-stage.ts';
import { agrees, plans, works } from '../../support/scripted-crew.ts';
import type { StagedRepository } from '../../support/staged-repository.ts';
import { moduleWithTest, tinyShop } from '../../support/tiny-shop.ts';

const WRITER = 'mona';
const STRANGER = 'merci';
const SHAPED = { title: 'Vouchers with a shape', body: 'Say first what a voucher is.' };
const PLAIN = { title: 'Vouchers as they come', body: 'A voucher takes 500 cents off.' };
/** Enough for all that the cheap model does, and for no call of the other: that one's longest answer alone may cost more. */
const LIMIT = '0.15';
/** USD per million tokens. */
const CHEAP = { input: 1, output: 0.1, cacheRead: 1, cacheWrite: 1 };
/** Few specialists, as what matters here is what is spent. */
const budget = (key: string, usd: string) => ({
  '.github/crew.yml': `roles: [strategist, architect, backend]\nbudget:\n  ${key}: ${usd}\n`,
});

let stage: CrewStage;
/** Where the limit is one for the month. */
let till: StagedRepository;
beforeAll(async () => {
  const collaborators = { [WRITER]: 'write' } as const;
  stage = await crewStage({
    repositories: [
      { name: 'acme/shop', files: tinyShop(budget('per_task_usd', LIMIT)), collaborators },
      { name: 'acme/till', files: tinyShop(budget('per_month_usd', LIMIT)), collaborators },
    ],
    conversations: [
      plans(
        [
          { role: 'architect', title: 'Shape the vouchers' },
          { role: 'backend', title: 'Add vouchers', depends_on: ['S1'] },
        ],
        { says: SHAPED.title },
      ),
      plans([{ role: 'backend', title: 'Add vouchers' }], { says: PLAIN.title }),
      works('architect', { writes: { 'docs/vouchers.md': 'A voucher is a number of cents.\n' } }),
      works('backend', { writes: moduleWithTest('voucher', 500) }),
      agrees(),
    ],
    // Plans, and what the Architect does, cost some cents.
    environment: {
      CREW_MODEL_TIER1: 'claude-haiku-5-5',
      CREW_PRICES: JSON.stringify({ 'claude-haiku-5-5': CHEAP }),
      CREW_BUDGET_USD: '8',
    },
  });
  till = stage.on('acme/till');
});
afterAll(() => stage.close());

async function requested(issue: typeof PLAIN, repository: StagedRepository): Promise<number> {
  const number = await repository.openIssue(WRITER, issue);
  await repository.label(WRITER, number, 'crew:auto');
  await repository.reaches(number, 'over_budget');
  await stage.quiet();
  return number;
}

/** Says it, and answers what the crew answered when all has come to rest. */
async function answerTo(text: string, number: number, repository: StagedRepository, login = WRITER) {
  await repository.say(login, number, text);
  await stage.quiet();
  return (await repository.answers(number)).at(-1);
}

async function passes(number: number, repository: StagedRepository): Promise<boolean> {
  const folder = await repository.checkoutOfPull(number);
  return (await stage.runIn(folder, 'npm test && ls lib/voucher.js')) === 0;
}

describe('a task that reaches its budget', { timeout: CONVERSATION_TIMEOUT_MS }, () => {
  it('stops with which limit it is, what is spent, what is kept and what to type; that takes it up again', async () => {
    const number = await requested(SHAPED, stage);
    const over = await stage.task(number);
    const stopped = (await stage.progressOf(number)) ?? '';
    const { refs, pulls } = await stage.snapshot();
    const stranger = await answerTo('/crew budget $5', number, stage, STRANGER);
    const tooMuch = await answerTo('/crew budget $80', number, stage);
    const still = await stage.task(number);
    const raised = await answerTo('/crew budget $5', number, stage);
    const task = await stage.reaches(number, 'done');

    const spent = `$${over.costUsd.toFixed(2)}`;
    expect(over.costUsd).toBeGreaterThan(0.01);
    expect(over.costUsd).toBeLessThan(Number(LIMIT));
    expect(stopped).toContain('**Stopped at the budget.**');
    expect(stopped).toContain(`Of the task's budget of $${LIMIT}, ${spent} is spent`);
    expect(stopped).toMatch(/To go on it needs at least `\/crew budget 0\.\d\d`\./);
    expect(stopped).toContain('The work of 1 subtask is kept for `/crew retry`: S1 (architect).');
    expect(Object.keys(refs)).toEqual(['refs/heads/main']);
    expect(pulls).toEqual([]);
    expect(stranger).toContain('`/crew budget` is for people with write access');
    expect(tooMuch).toContain('$80.00 is more than the $8.00 that the operator allows a task');
    expect(still).toMatchObject({ state: 'over_budget', budgetUsd: Number(LIMIT) });
    expect(raised).toContain(
      `The budget of this task is $5.00 now; ${spent} is spent. It is taken up again.`,
    );
    expect(task).toMatchObject({ id: over.id, budgetUsd: 5 });
    expect(task.costUsd).toBeGreaterThan(over.costUsd);
    expect(await passes(number, stage)).toBe(true);
    expect((await stage.pullOf(number)).body).toContain('Shape the vouchers');
    expect(stage.violations()).toEqual([]);
  });
});

describe('a repository that reaches its budget for the month', { timeout: CONVERSATION_TIMEOUT_MS }, () => {
  it('has its work stopped whatever the task may cost, until the month may cost more', async () => {
    const number = await requested(PLAIN, till);
    const over = await till.task(number);
    const stopped = (await till.progressOf(number)) ?? '';
    const told = await answerTo('/crew budget', number, till);
    const set = await answerTo('/crew budget $5', number, till);
    const again = await till.task(number);
    await till.push(WRITER, budget('per_month_usd', '6.00'));
    await stage.quiet();
    await till.say(WRITER, number, '/crew retry');
    await stage.until(async () => (await till.task(number)).state !== 'over_budget');
    await till.reaches(number, 'done');
    await stage.quiet();

    const spent = `$${over.costUsd.toFixed(2)}`;
    expect(stopped).toContain(`Of this repository's budget for the month of $${LIMIT}, ${spent} is spent`);
    expect(stopped).toContain('`budget.per_month_usd` in `.github/crew.yml`');
    expect(told).toContain(`this repository has spent ${spent}; the limit is $${LIMIT}.`);
    expect(stopped).toContain('When there is room again, `/crew retry` goes on');
    expect(set).toContain('It ended at a limit of the month');
    expect(again).toMatchObject({ id: over.id, state: 'over_budget', budgetUsd: 5 });
    expect(await till.tasks(number)).toHaveLength(1);
    expect(await passes(number, till)).toBe(true);
    expect(stage.violations()).toEqual([]);
  });
});
