/** A story with every kind of event that the crew acts on, told in chapters, each of which ends when nothing moves any more. */
import type { Human } from '../../../demo/github/human.ts';
import { tinyShop } from '../../support/tiny-shop.ts';
import type { EventStage } from './event-stage.ts';

export const SHOP = 'acme/shop';
const OWNER = 'acme';
const WRITER = 'mona';
const OUTSIDER = 'merci';
const TRIAGER = 'tess';
const FAULT = 'export const gift = 1; // FAULT\n';

/** `host`: where deployments are asked. */
export function shopWithGates(host: string) {
  return {
    name: SHOP,
    files: tinyShop(rules(host, 'release/*')),
    collaborators: { [WRITER]: 'write', [TRIAGER]: 'triage' },
  } as const;
}

function rules(host: string, ...branches: string[]): Readonly<Record<string, string>> {
  const config = {
    roles: ['strategist', 'backend', 'security'],
    gates: [
      { name: 'deployed', on: 'deployment', hosts: [host], checks: [{ path: '/' }] },
      { name: 'audited', on: 'push', branches },
    ],
  };
  return { '.github/crew.yml': `${JSON.stringify(config)}\n` };
}

export type Chapter = keyof ReturnType<typeof eventStory>;

/** The issue that becomes a pull request of the crew's own, and that one, and an outsider's; 0: not yet. */
interface Told {
  readonly issue: number;
  readonly own: number;
  readonly others: number;
}

/** Called in the midst of chapters. */
export interface Between {
  /** A plan waits for its approval, which was taken up again after its label was taken off. */
  waiting(): Promise<void>;
  /** Work was just approved. */
  working(): Promise<void>;
}

export function eventStory(stage: EventStage, host: string, between: Between) {
  const person = stage.github.as(WRITER);
  const outsider = stage.github.as(OUTSIDER);
  const told: Mutable<Told> = { issue: 0, own: 0, others: 0 };
  const chapters = {
    'an issue is planned, let go and taken up again': () => planTwice(stage, told, between),
    'it is planned anew, approved and done': () => planAndDo(stage, told, between),
    'its pull request is checked and talked about': () => keepGreen(stage, told, person),
    'an outsider opens a pull request': () => reviewOthers(stage, told, { person, outsider }),
    'a deployment and a push have their gates': () => openGates(person, host),
    'what was refused would be allowed now': () => allowMore(stage, told, host),
    'all is closed': () => closeAll(told, person),
  } as const satisfies Readonly<Record<string, () => Promise<void>>>;
  return chapters;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

async function planTwice(stage: EventStage, told: Mutable<Told>, between: Between): Promise<void> {
  const shop = stage.on(SHOP);
  const person = stage.github.as(WRITER);
  const issue = await shop.openIssue(WRITER, { title: 'Vouchers', body: '500 cents off.' });
  told.issue = issue;
  await shop.label(WRITER, issue, 'crew');
  await shop.reaches(issue, 'awaiting_approval');
  await shop.say(OUTSIDER, issue, '/crew approve');
  await stage.quiet();
  await person.unlabel(SHOP, issue, 'crew');
  await shop.reaches(issue, 'stopped');
  stage.secondPasses();
  const words = await shop.say(WRITER, issue, 'Once more, please.');
  await person.editComment(SHOP, words, 'Once more, please.\n\n/crew retry');
  await stage.quiet();
  await shop.reaches(issue, 'awaiting_approval');
  await stage.quiet();
  await between.waiting();
}

async function planAndDo(stage: EventStage, told: Mutable<Told>, between: Between): Promise<void> {
  const shop = stage.on(SHOP);
  const { issue } = told;
  await shop.say(WRITER, issue, '/crew plan Keep it small.');
  await stage.quiet();
  await shop.reaches(issue, 'awaiting_approval');
  await shop.say(WRITER, issue, '/crew approve');
  await between.working();
  await shop.reaches(issue, 'done');
  await stage.quiet();
  told.own = (await shop.pullOf(issue)).number;
}

async function keepGreen(stage: EventStage, { own }: Told, person: Human): Promise<void> {
  const shop = stage.on(SHOP);
  const branch = (await shop.snapshot()).pulls.find(({ number }) => number === own)?.pull?.head.ref ?? '';
  const end = (conclusion: 'failure' | 'success') => ({
    conclusion,
    jobs: [{ name: 'ci', conclusion, log: 'not ok 1 - lib/voucher.js has no limit' }],
  });
  const run = await person.workflowRun(SHOP, { name: 'CI', branch, ...end('failure') });
  await stage.quiet();
  await person.finishRun(SHOP, run.id, end('failure'));
  await stage.until(async () => (await shop.tasks(own)).length === 1);
  await stage.quiet();
  await person.workflowRun(SHOP, { name: 'CI', branch, ...end('success') });
  await stage.quiet();
  await shop.say(WRITER, own, 'Say what it takes off.');
  await stage.until(async () => (await shop.tasks(own)).length === 2);
  await stage.quiet();
  const sha = (await shop.snapshot()).refs[`refs/heads/${branch}`] ?? '';
  await person.setStatus(SHOP, { sha, state: 'success', context: 'lint' });
  await person.review(SHOP, own, { event: 'APPROVE', body: '' });
  await stage.quiet();
}

async function reviewOthers(
  stage: EventStage,
  told: Mutable<Told>,
  { person, outsider }: { readonly person: Human; readonly outsider: Human },
): Promise<void> {
  const shop = stage.on(SHOP);
  await person.commit(SHOP, { branch: 'gift', message: 'Gifts', files: { 'lib/gift.js': FAULT } });
  const { number } = await outsider.openPull(SHOP, { title: 'Gifts', head: 'gift', base: 'main' });
  told.others = number;
  await shop.reaches(number, 'done');
  await stage.quiet();
  const finding = (await shop.snapshot()).reviewComments.find((one) => one.number === number)?.id ?? 0;
  for (const resolved of [true, false, true, false]) {
    await person.resolveThread(SHOP, number, finding, resolved);
    await stage.quiet();
  }
  await person.reviewReply(SHOP, number, finding, 'Is it?');
  await stage.quiet();
  await person.commit(SHOP, { branch: 'gift', message: 'More', files: { 'lib/more.js': FAULT } });
  await stage.quiet();
  await shop.say(WRITER, number, '/crew pause');
  await stage.quiet();
  await person.commit(SHOP, { branch: 'gift', message: 'Most', files: { 'lib/most.js': 'export {};\n' } });
  await stage.quiet();
  await shop.say(WRITER, number, '/crew resume\n\n/crew ask Where are prices?');
  await stage.quiet();
  await shop.label(WRITER, number, 'crew:review');
  await stage.quiet();
  await person.unlabel(SHOP, number, 'crew:review');
  await person.setDraft(SHOP, number, true);
  await person.setDraft(SHOP, number, false);
  await person.review(SHOP, number, { event: 'COMMENT', body: 'I have a look myself.' });
  await stage.quiet();
}

async function openGates(person: Human, host: string): Promise<void> {
  await person.deploy(SHOP, {
    ref: 'main',
    environment: 'production',
    state: 'success',
    url: `http://${host}/`,
  });
  await person.commit(SHOP, {
    branch: 'release/1',
    message: 'Release',
    files: { 'lib/release.js': 'export {};\n' },
  });
}

/** Everything that is asked for here is refused as things stand, and would not be as they stand afterwards. */
async function allowMore(stage: EventStage, { own, others }: Told, host: string): Promise<void> {
  const shop = stage.on(SHOP);
  const owner = stage.github.as(OWNER);
  const issue = await shop.openIssue(OUTSIDER, { title: 'Refunds', body: 'Give it back.' });
  await shop.label(TRIAGER, issue, 'crew:auto');
  await shop.say(OUTSIDER, issue, '/crew run');
  if (own !== 0) await shop.say(OUTSIDER, own, 'Do it otherwise.');
  const finding = (await shop.snapshot()).reviewComments.find((one) => one.number === others)?.id;
  if (finding !== undefined) await stage.github.as(OUTSIDER).reviewReply(SHOP, others, finding, 'Why?');
  const early = { branch: 'hotfix/1', message: 'Mend', files: { 'lib/mended.js': 'export {};\n' } };
  await owner.commit(SHOP, early);
  await stage.quiet();
  await owner.setCollaborator(SHOP, OUTSIDER, 'write');
  await owner.setCollaborator(SHOP, TRIAGER, 'write');
  await shop.push(OWNER, rules(host, 'release/*', 'hotfix/*'));
}

async function closeAll({ issue, own, others }: Told, person: Human): Promise<void> {
  if (others !== 0) {
    await person.closeIssue(SHOP, others);
    await person.reopenIssue(SHOP, others);
    await person.closeIssue(SHOP, others);
  }
  if (own !== 0) await person.mergePull(SHOP, own);
  await person.closeIssue(SHOP, issue);
}
