/** Files that are protected: nothing of them is changed before a person has approved a plan that names them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONVERSATION_TIMEOUT_MS, type CrewStage, crewStage } from '../../support/crew-stage.ts';
import { agrees, audits, findsTested, plans, works } from '../../support/scripted-crew.ts';
import type { StagedRepository } from '../../support/staged-repository.ts';
import { moduleWithTest, tinyShop } from '../../support/tiny-shop.ts';

const WRITER = 'mona';
const STRANGER = 'merci';
const OWNERS = { title: 'Owners of the stock', body: 'The stock belongs to Mona.' };
const STOCK = { title: 'Stock in order of names', body: 'Sort what is there.' };
const PIPELINE = { title: 'Tests on every push', body: 'Let a workflow run them.' };
const DELIVERY = { title: 'Delivery at a higher price', body: 'Delivery costs 590 cents.' };

const WORKFLOW = '.github/workflows/test.yml';
const CODEOWNERS = '/lib/stock.js @mona\n';
const PRICE = { path: 'lib/price.js', from: 'DELIVERY = 490', to: 'DELIVERY = 590' };

const CONVERSATIONS = [
  plans([{ role: 'devops', title: 'Name the owners', files: ['./.github/CODEOWNERS', 'README.md'] }], {
    says: OWNERS.title,
  }),
  works('devops', { says: OWNERS.title, writes: { '.github/CODEOWNERS': CODEOWNERS } }),
  plans([{ role: 'backend', title: 'Raise the price of delivery', files: [PRICE.path] }], {
    says: DELIVERY.title,
  }),
  works('backend', { says: DELIVERY.title, edits: [PRICE] }),
  plans([{ role: 'devops', title: 'Run the tests', files: [WORKFLOW] }], { says: PIPELINE.title }),
  works('devops', { says: PIPELINE.title, writes: { [WORKFLOW]: 'on: push\n' } }),
  plans([{ role: 'backend', title: 'Sort the stock', files: ['lib/sorted.js'] }], { says: STOCK.title }),
  works('backend', {
    says: STOCK.title,
    writes: { ...moduleWithTest('sorted', 'by name'), '.github/CODEOWNERS': CODEOWNERS },
  }),
  // Sent back, it leaves the file where it is.
  works('backend', {
    says: [STOCK.title, '^- `.github/CODEOWNERS` is protected'],
    summary: 'The owners are needed.',
  }),
  agrees(),
  findsTested(),
  audits(),
];

let stage: CrewStage;
/** Says itself what is protected there, and is not by default. */
let till: StagedRepository;
beforeAll(async () => {
  const collaborators = { [WRITER]: 'write' } as const;
  stage = await crewStage({
    repositories: [
      { name: 'acme/shop', files: tinyShop(), collaborators },
      {
        name: 'acme/till',
        files: tinyShop({ '.github/crew.yml': 'protected_paths:\n  - lib/price.*\n' }),
        collaborators,
      },
    ],
    conversations: CONVERSATIONS,
  });
  till = stage.on('acme/till');
});
afterAll(() => stage.close());

async function requested(issue: typeof OWNERS, repository: StagedRepository): Promise<number> {
  const number = await repository.openIssue(WRITER, issue);
  await repository.label(WRITER, number, 'crew:auto');
  return number;
}

/** Of the crew. */
async function branches(repository: StagedRepository): Promise<readonly string[]> {
  const { refs } = await repository.snapshot();
  return Object.keys(refs).filter((ref) => ref.startsWith('refs/heads/crew/'));
}

describe('`crew:auto` on a plan that names a protected path', { timeout: CONVERSATION_TIMEOUT_MS }, () => {
  it('waits for a writer and says for which path; approved, it is worked on', async () => {
    const number = await requested(OWNERS, stage);
    await stage.reaches(number, 'awaiting_approval');
    await stage.quiet();
    const proposed = await stage.progressOf(number);
    await stage.say(STRANGER, number, '/crew approve');
    await stage.quiet();
    const waiting = await stage.task(number);
    const pushed = await branches(stage);
    await stage.say(WRITER, number, '/crew approve');
    await stage.reaches(number, 'done');
    await stage.quiet();

    expect(proposed).toContain('Here is the plan. It waits for approval.');
    expect(proposed).toContain(
      "It was asked for without approval, and waits all the same: it changes protected files, which takes a person's approval: `.github/CODEOWNERS`.",
    );
    expect(waiting.state).toBe('awaiting_approval');
    expect(pushed).toEqual([]);
    expect(await stage.answers(number)).toEqual([
      expect.stringContaining('`/crew approve` is for people with write access'),
    ]);
    const folder = await stage.checkoutOfPull(number);
    expect(await stage.runIn(folder, 'grep -q "lib/stock.js @mona" .github/CODEOWNERS')).toBe(0);
    expect(await stage.progressOf(number)).toContain('It changes protected files: `.github/CODEOWNERS`.');
    expect(stage.violations()).toEqual([]);
  });

  it('leaves out what the App may not change even then, and says so', async () => {
    const number = await requested(PIPELINE, stage);
    await stage.reaches(number, 'awaiting_approval');
    await stage.quiet();
    const before = await stage.snapshot();
    await stage.say(WRITER, number, '/crew approve');
    await stage.reaches(number, 'done');
    await stage.quiet();

    const after = await stage.snapshot();
    expect(await stage.progressOf(number)).toContain(
      `${WORKFLOW} was left out: the App may not change workflows`,
    );
    expect(after.refs).toEqual(before.refs);
    expect(after.pulls).toEqual(before.pulls);
    expect(stage.violations()).toEqual([]);
  });

  it('waits where the repository protects the path by its own configuration, and nowhere else', async () => {
    const [free, held] = [await requested(DELIVERY, stage), await requested(DELIVERY, till)];
    await stage.reaches(free, 'done');
    await till.reaches(held, 'awaiting_approval');
    await stage.quiet();
    const [proposed, pushed] = [await till.progressOf(held), await branches(till)];
    await till.say(WRITER, held, '/crew approve');
    await till.reaches(held, 'done');
    await stage.quiet();

    expect(proposed).toContain("which takes a person's approval: `lib/price.js`.");
    expect(pushed).toEqual([]);
    for (const [number, repository] of [[free, stage] as const, [held, till] as const]) {
      const folder = await repository.checkoutOfPull(number);
      expect(await stage.runIn(folder, 'grep -q 590 lib/price.js')).toBe(0);
    }
    expect(stage.violations()).toEqual([]);
  });
});

describe('a protected path that no plan names', { timeout: CONVERSATION_TIMEOUT_MS }, () => {
  it('is refused twice; then the task fails with the path, and nothing is pushed', async () => {
    const before = await stage.snapshot();
    const sent = stage.requests().length;
    const number = await requested(STOCK, stage);
    await stage.reaches(number, 'failed');
    await stage.quiet();

    const refusal =
      '`.github/CODEOWNERS` is protected: only a plan that a person approved, and that names it, may change it.';
    const progress = await stage.progressOf(number);
    expect(progress).toContain('nothing was pushed. It went back 2 times.');
    expect(progress).toContain(refusal);
    const { subtasks } = await stage.records(number);
    expect(subtasks.filter(({ key }) => key.startsWith('fix-')).map(({ key, role }) => [key, role])).toEqual([
      ['fix-1', 'backend'],
      ['fix-2', 'backend'],
    ]);
    const told = stage.requests().slice(sent);
    expect(told.some((body) => body.includes(refusal))).toBe(true);
    const after = await stage.snapshot();
    expect(after.refs).toEqual(before.refs);
    expect(after.pulls).toEqual(before.pulls);
    expect(stage.violations()).toEqual([]);
  });
});
