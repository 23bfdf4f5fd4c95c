/** Many tasks at once, in one repository and in many: nothing of one may turn up in another, told by what stands in each. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CrewStage, crewStage } from '../../support/crew-stage.ts';
import { agrees, audits, findsTested, plans, works } from '../../support/scripted-crew.ts';
import type { StagedRepository } from '../../support/staged-repository.ts';
import { moduleWithTest, tinyShop } from '../../support/tiny-shop.ts';

/** Fifteen tasks with a run of tests or two each. */
const WAIT_MS = 280_000;
const TIMEOUT_MS = 300_000;

const WRITER = 'mona';
const ROLES = ['backend', 'frontend', 'database', 'devops'];
/** Ten at once need fewer jobs each to be ten at once. */
const LEAN = { '.github/crew.yml': `roles: [strategist, ${ROLES.join(', ')}]\n` };
/** Each names an issue, what its specialist writes, and a word that must reach no other task. */
const AT_ONE = ['anchor', 'beacon', 'candle', 'dynamo', 'ember'];
const APART = [
  'falcon',
  'gannet',
  'heron',
  'ibis',
  'jackdaw',
  'kestrel',
  'linnet',
  'merlin',
  'nuthatch',
  'ouzel',
];

const secretOf = (name: string): string => `only-for-${name}`;
const titleOf = (name: string): string => `Build the ${name}`;
const roleOf = (name: string): string => ROLES[[...AT_ONE, ...APART].indexOf(name) % ROLES.length] ?? '';

let stage: CrewStage;
beforeAll(async () => {
  const collaborators = { [WRITER]: 'write' } as const;
  const apart = APART.map((name) => ({ name: `${name}-club/shop`, files: tinyShop(LEAN), collaborators }));
  stage = await crewStage({
    repositories: [{ name: 'acme/shop', files: tinyShop(), collaborators }, ...apart],
    conversations: [
      ...[...AT_ONE, ...APART].flatMap((name) => [
        plans([{ role: roleOf(name), title: titleOf(name) }], {
          says: titleOf(name),
          summary: secretOf(name),
        }),
        works(roleOf(name), {
          says: titleOf(name),
          writes: moduleWithTest(name, secretOf(name)),
          summary: secretOf(name),
        }),
      ]),
      agrees(),
      findsTested(),
      audits(),
    ],
    environment: { CREW_CONCURRENCY: '4' },
    waitMs: WAIT_MS,
  });
});
afterAll(() => stage.close());

/** From the label to the end of the work; answers the issue's number. */
async function build(name: string, repository: StagedRepository): Promise<number> {
  const number = await repository.openIssue(WRITER, {
    title: titleOf(name),
    body: `It holds ${secretOf(name)}.`,
  });
  await repository.label(WRITER, number, 'crew:auto');
  await repository.reaches(number, 'done');
  return number;
}

/** What stands on the branch of the issue's pull request, beside the shop itself, and whether its tests pass. */
async function built(number: number, repository: StagedRepository) {
  const pull = await repository.pullOf(number);
  const folder = await repository.checkoutOfPull(number);
  const added = (await readdir(join(folder, 'lib'))).filter(
    (file) => !['price.js', 'stock.js'].includes(file),
  );
  const texts = await Promise.all(added.map((file) => readFile(join(folder, 'lib', file), 'utf8')));
  return {
    title: pull.title,
    added,
    secrets: secretsIn(texts.join('\n')),
    told: secretsIn(`${pull.body} ${await repository.progressOf(number)}`),
    tests: await stage.runIn(folder, 'npm test'),
  };
}

const expected = (name: string) => ({
  title: titleOf(name),
  added: [`${name}.js`],
  secrets: [secretOf(name)],
  told: [secretOf(name)],
  tests: 0,
});

function secretsIn(text: string): readonly string[] {
  return [...new Set(text.match(/only-for-\w+/g) ?? [])];
}

describe('tasks side by side', { timeout: TIMEOUT_MS }, () => {
  it('are five in one repository, and each pull request holds its own work alone', async () => {
    const numbers = await Promise.all(AT_ONE.map((name) => build(name, stage)));
    await stage.quiet();

    const found = await Promise.all(numbers.map((number) => built(number, stage)));
    expect(found).toEqual(AT_ONE.map(expected));
    expect(stage.violations()).toEqual([]);
  });

  it('are one each in ten repositories, and none hears of another', async () => {
    const repositories = APART.map((name) => [name, stage.on(`${name}-club/shop`)] as const);
    const numbers = await Promise.all(repositories.map(([name, repository]) => build(name, repository)));
    await stage.quiet();

    const found = await Promise.all(
      repositories.map(([, repository], at) => built(numbers[at] ?? 0, repository)),
    );
    expect(found).toEqual(APART.map(expected));
  });

  it('share no request to the model', () => {
    const mixed = stage.requests().filter((body) => secretsIn(body).length !== 1);

    expect(stage.requests().length).toBeGreaterThan(2 * (AT_ONE.length + APART.length));
    expect(mixed).toEqual([]);
  });
});
