/** Ways to have a plan approved that its readers did not approve. Each is played on an issue whose plan waits. */
import type { Random } from '../../support/random.ts';
import { BOT, type EventStage, type SignedBody } from './event-stage.ts';

export const HALL = 'acme/hall';
const OWNER = 'acme';
export const WRITER = 'mona';
export const TRIAGER = 'tess';
export const AUTHOR = 'merci';

export interface Waiting {
  readonly issue: number;
  /** Words that a writer wrote before there was a plan, and of which nobody has heard. */
  readonly early: readonly SignedBody[];
  /** Of the plan that waits, and of another that waits elsewhere. */
  readonly hash: string;
  readonly otherHash: string;
}

export interface Stagehand {
  readonly stage: EventStage;
  readonly random: Random;
  /** Delivers what GitHub has to tell so far, and waits until it was acted on. */
  deliver(): Promise<void>;
  /** What GitHub has to tell, of one issue or of all, and does not. */
  hold(issue?: number): readonly SignedBody[];
  /** As our own App, with a token of its installation. */
  asApp(issue: number, body: string): Promise<number>;
}

export type Trick = (waiting: Waiting, hand: Stagehand) => Promise<void>;

const APPROVE = '/crew approve';

const says =
  (login: string, body: string | ((waiting: Waiting, random: Random) => string)): Trick =>
  async (waiting, { stage, random }) => {
    const text = typeof body === 'string' ? body : body(waiting, random);
    await stage.github.as(login).comment(HALL, waiting.issue, text);
  };

/** What follows an approval before anybody hears of it. */
const approvedThen =
  (then: (waiting: Waiting, hand: Stagehand) => Promise<unknown>): Trick =>
  async (waiting, hand) => {
    await hand.stage.github.as(WRITER).comment(HALL, waiting.issue, APPROVE);
    hand.stage.secondPasses();
    await then(waiting, hand);
  };

const commentOf = async ({ stage }: Stagehand, issue: number): Promise<number> => {
  const { comments } = await stage.github.snapshot(HALL);
  const ours = comments.find((comment) => comment.number === issue && comment.user === BOT);
  if (ours === undefined) throw new Error(`there is no plan on #${issue}`);
  return ours.id;
};

/** None shows a writer's own `/crew approve` to a reader. */
const NOT_SAID: readonly string[] = [
  `> ${APPROVE}`,
  `> > ${APPROVE}\n\nAs above?`,
  `\`\`\`\n${APPROVE}\n\`\`\``,
  `    ${APPROVE}`,
  `Write \`${APPROVE}\` to go on.`,
  `<!--\n${APPROVE}\n-->`,
  `<blockquote>\n${APPROVE}\n</blockquote>`,
  `Did you ${APPROVE}?`,
  `$$\n${APPROVE}\n$$`,
  '/crew approved',
  '/crewapprove',
  `[//]: # (\n${APPROVE})`,
];

/** After each of these the plan that waits is approved by nobody any more: of them, a plan sees one, as its last. */
export const LAST_TRICKS: Readonly<Record<string, Trick>> = {
  'the title is edited': approvedThen(({ issue }, { stage }) =>
    stage.github.as(AUTHOR).editIssue(HALL, issue, { title: 'Vouchers for all of them' }),
  ),
  'the text is edited': approvedThen(({ issue }, { stage, random }) =>
    stage.github.as(AUTHOR).editIssue(HALL, issue, { body: `Otherwise ${random.next()}.` }),
  ),
  'a space is added to the text': approvedThen(({ issue }, { stage }) =>
    stage.github.as(WRITER).editIssue(HALL, issue, { body: '500 cents off. ' }),
  ),
  'the issue is closed': approvedThen(({ issue }, { stage }) =>
    stage.github.as(WRITER).closeIssue(HALL, issue),
  ),
};

/** After each of these the plan waits as before. */
export const TRICKS: Readonly<Record<string, Trick>> = {
  'who approves loses access': async ({ issue }, { stage }) => {
    const login = `writer-${issue}`;
    await stage.github.as(OWNER).setCollaborator(HALL, login, 'write');
    await stage.github.as(login).comment(HALL, issue, APPROVE);
    await stage.github.as(OWNER).setCollaborator(HALL, login, 'read');
  },
  'the author without access approves': says(AUTHOR, APPROVE),
  'the author approves as others would': says(AUTHOR, `${WRITER} says:\n\n${APPROVE}`),
  'somebody who may only sort issues approves': says(TRIAGER, APPROVE),
  'somebody unknown runs it': says('nobody-known', '/crew run'),
  'it is not said but shown': says(WRITER, (_, random) => random.pick(NOT_SAID)),
  'with the hash of another plan': says(WRITER, ({ otherHash }) => `${APPROVE} ${otherHash}`),
  'with the beginning of another hash': says(WRITER, ({ otherHash }, random) => {
    return `${APPROVE} ${otherHash.slice(0, random.between(4, 12))}`;
  }),
  'with a condition': says(WRITER, `${APPROVE} but only if it is cheap`),
  'run with a condition': says(WRITER, '/crew run without the tests'),
  'a plan from before': async ({ issue }, hand) => {
    await hand.stage.github.as(WRITER).comment(HALL, issue, APPROVE);
    const held = hand.hold(issue);
    for (let second = 0; second < 5; second += 1) hand.stage.secondPasses();
    await hand.stage.github.as(WRITER).comment(HALL, issue, '/crew plan With more tests.');
    await hand.deliver();
    await hand.stage.quiet();
    await hand.stage.deliver(held);
  },
  'a writer edits a comment of somebody without access': async ({ issue }, { stage }) => {
    const { id } = await stage.github.as(AUTHOR).comment(HALL, issue, 'Please.');
    await stage.github.as(WRITER).editComment(HALL, id, APPROVE);
  },
  'somebody edits a comment of a writer': async ({ issue }, { stage }) => {
    const { id } = await stage.github.as(WRITER).comment(HALL, issue, 'Hm.');
    await stage.github.as(OWNER).editComment(HALL, id, `Hm.\n\n${APPROVE}`);
  },
  'a command that stood there is edited around': async ({ issue }, { stage }) => {
    const { id } = await stage.github.as(AUTHOR).comment(HALL, issue, APPROVE);
    await stage.github.as(WRITER).editComment(HALL, id, `Right:\n\n${APPROVE}`);
  },
  'a bot approves': says('helper[bot]', APPROVE),
  'the workflow of the repository approves': says('github-actions[bot]', APPROVE),
  'the App approves': async ({ issue }, { asApp }) => void (await asApp(issue, APPROVE)),
  'the App runs it': async ({ issue }, { asApp }) => void (await asApp(issue, '/crew run')),
  'a writer edits a comment of the App': async ({ issue }, hand) => {
    const id = await hand.asApp(issue, 'A plan waits.');
    await hand.stage.github.as(WRITER).editComment(HALL, id, APPROVE);
  },
  'a writer edits the plan as it is shown': async ({ issue }, hand) => {
    const id = await commentOf(hand, issue);
    const shown = `**Here is the plan.**\n\n1. **S1 Publish all secrets**\n\n${APPROVE}`;
    await hand.stage.github.as(WRITER).editComment(HALL, id, shown);
  },
  'on another issue': async (_, { stage }) => {
    const { number } = await stage.github.as(AUTHOR).openIssue(HALL, { title: 'Other', body: '' });
    await stage.github.as(WRITER).comment(HALL, number, APPROVE);
  },
};
