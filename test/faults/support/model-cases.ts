/** One fault of the model at one turn of one agent's job, and what must come of it. */
import type { ConversationFile } from '../../../demo/model/conversation-format.ts';
import type { Fault } from '../../../demo/model/faults.ts';
import type { Stage } from '../../support/crew-stage.ts';
import { agrees, audits, confirms, plans, works } from '../../support/scripted-crew.ts';

export const WRITER = 'mona';
export const REPOSITORY = 'acme/shop';

export const JOBS = ['plan', 'amend', 'work', 'audit', 'answer', 'review', 'refute', 'fix'] as const;
export type Job = (typeof JOBS)[number];

/** How often: once, as often as is borne, or for ever. */
export const SPELLS = [1, 3, Infinity] as const;

/** Of a repository on the stage. */
export const stageFiles = {
  'README.md': '# Shop\n',
  '.github/crew.yml': 'roles: [strategist, architect, backend, devops, qa, security]\n',
};

interface BadModel {
  readonly fault: Omit<Fault, 'times' | 'turn' | 'says' | 'role' | 'job'>;
  /** What is said where it lasts, or where once is enough. */
  readonly reason: RegExp;
  /** Times that it may strike in a row and the job be done all the same. */
  readonly borne: number;
  /** The SDK, or the loop, waits by its own clock between one and the next. */
  readonly waits?: true;
  /** Strikes for ever. */
  readonly always?: true;
  /** Strikes the commands of work alone. */
  readonly atCommands?: true;
}

/** Answers in place of the model that pass: waited out, and told after many tries. */
const PASSES = { borne: 3, retryAfterS: 0.05 };
const WAITS = { borne: 3, waits: true } as const;

/** What is left of the input is a command that could be run. */
export const TORN_COMMAND: BadModel = {
  fault: { kind: 'truncated-json', lostChars: 1 },
  reason: /limit of \d+ turns|may spend|[Bb]udget|room/,
  borne: 3,
  atCommands: true,
};

export const BAD_MODELS: readonly BadModel[] = [
  TORN_COMMAND,
  passing({ kind: 'rate-limit' }, /The model answered 429/),
  passing({ kind: 'server-error' }, /The model answered 500/),
  passing({ kind: 'overloaded' }, /The model answered 529/),
  { fault: { kind: 'reset' }, reason: /could not be reached/, ...WAITS },
  // By when it comes, a reset of the connection looks like a stream that ends or like none.
  { fault: { kind: 'reset', afterEvents: 2 }, reason: /was cut|could not be reached/, ...WAITS },
  { fault: { kind: 'cut', afterEvents: 0 }, reason: /was cut/, ...WAITS },
  { fault: { kind: 'cut', afterEvents: 3 }, reason: /was cut/, ...WAITS },
  { fault: { kind: 'cut', afterEvents: 7 }, reason: /was cut/, ...WAITS },
  { fault: { kind: 'stream-error', afterEvents: 4 }, reason: /was cut/, ...WAITS },
  { fault: { kind: 'truncated-json' }, reason: /could not be used|limit of \d+ turns/, borne: 1 },
  { fault: { kind: 'max-tokens' }, reason: /cut off at the limit of/, borne: 0 },
  { fault: { kind: 'refusal' }, reason: /refused to go on/, borne: 0 },
  { fault: { kind: 'endless-tools' }, reason: /limit of \d+ turns|may spend|[Bb]udget|room/, borne: 3 },
  {
    fault: { kind: 'endless-tools', outputTokens: 8_000 },
    reason: /may spend|[Bb]udget|room/,
    borne: 0,
    always: true,
  },
  { fault: { kind: 'unknown-tool' }, reason: /limit of \d+ turns|may spend|[Bb]udget|room/, borne: 3 },
  { fault: { kind: 'wrong-input' }, reason: /limit of \d+ turns|may spend|[Bb]udget|room/, borne: 3 },
  { fault: { kind: 'one-id' }, reason: /one id|refused the request/, borne: 0 },
  { fault: { kind: 'empty' }, reason: /could not be used/, borne: 1 },
  { fault: { kind: 'page' }, reason: /where events were to come/, borne: 0 },
  passing({ kind: 'page', status: 502 }, /The model answered 502/),
  { fault: { kind: 'slow', delayMs: 5 }, reason: /never/, borne: Infinity },
  ...[400, 401, 403, 404, 413].map((status): BadModel => {
    return { fault: { kind: 'refused', status }, reason: new RegExp(`\\(${status}\\)`), borne: 0 };
  }),
];

/** What the promise names, each many times. */
export const NAMED: readonly Fault['kind'][] = [
  'rate-limit',
  'server-error',
  'overloaded',
  'reset',
  'cut',
  'truncated-json',
  'refusal',
  'max-tokens',
  'endless-tools',
  'unknown-tool',
];

function passing(fault: BadModel['fault'], reason: RegExp): BadModel {
  return { fault: { ...fault, retryAfterS: PASSES.retryAfterS }, reason, borne: PASSES.borne };
}

export interface ModelCase {
  readonly tag: string;
  readonly job: Job;
  readonly bad: BadModel;
  readonly times: number;
  readonly turn: number;
}

/** Turns of a job, its answer among them. */
export const TURNS: Readonly<Record<Job, number>> = {
  plan: 2,
  amend: 1,
  work: 5,
  audit: 1,
  answer: 1,
  review: 1,
  refute: 1,
  fix: 5,
};

/** What each of the commands writes into the file of its case. */
export const MARKS = ['first', 'second'] as const;
/** Of the turn whose command writes the first mark. */
export const MARKING_TURN = 3;

export function conversationsOf(one: ModelCase, marks: string): readonly ConversationFile[] {
  const says = one.tag;
  const [first, second] = MARKS.map((mark) => `echo ${mark} >> ${marks}/${one.tag.replace(';', '')}`);
  const writes = { 'test/gift.txt': `Wrapped for ${says}\n` };
  const qa = { writes, runs: [first ?? ''], tests: second ?? '' };
  switch (one.job) {
    case 'amend':
      return [plans([{ role: 'backend' }, { role: 'devops' }], { says })];
    case 'fix':
      return [works('qa', { ...qa, says, replies: [] })];
    case 'plan':
    case 'work':
      return [works('qa', { ...qa, says })];
    case 'refute':
      return [reviewOf(says)];
    default:
      return [];
  }
}

/** What all other jobs are played by. */
export function commonConversations(): readonly ConversationFile[] {
  const fallback = true;
  return [
    { ...plans([{ role: 'qa' }]), fallback },
    works('backend', { writes: { 'lib/wrap.txt': 'Paper.\n' }, tests: null }),
    works('devops', { writes: { 'ops/wrap.txt': 'Paper.\n' }, tests: null }),
    { ...works('qa', { writes: { 'test/gift.txt': 'Wrapped.\n' }, tests: null }), fallback },
    agrees(),
    audits(),
    {
      about: 'Finds nothing',
      when: { job: 'review' },
      fallback,
      answer: { summary: 'Fine.', findings: [], earlier: [] },
    },
    confirms(),
    { about: 'Answers', when: { job: 'answer' }, answer: { answer: 'It is a gift.' } },
  ];
}

function reviewOf(says: string): ConversationFile {
  const finding = {
    path: `notes/${says.replace(';', '')}.md`,
    side: 'RIGHT',
    start_line: null,
    line: 1,
    severity: 'high',
    category: 'correctness',
    title: 'The line says nothing at all',
    body: 'Whoever reads it learns nothing; say what is meant.',
    evidence: 'One line.',
    confidence: 0.9,
    replacement: null,
    also_at: [],
  };
  return {
    about: `Finds fault with ${says}`,
    when: { job: 'review', says },
    answer: { summary: 'It says nothing.', findings: [finding], earlier: [] },
  };
}

/** Whether the job is done in spite of it. */
export function isBorne({ bad, times, job, turn }: ModelCase): boolean {
  // Torn calls are made again; only an answer is asked for no more than once again.
  if (bad.fault.kind === 'truncated-json' && turn < TURNS[job]) return times <= 3;
  return times <= bad.borne;
}

export function faultOf({ tag, job, bad, times, turn }: ModelCase): Fault {
  const at = job === 'fix' ? { job: 'work' } : { job };
  return { ...bad.fault, ...at, times, turn, says: tag };
}

/** Sets the crew to work; answers the number of the issue or pull request that the case is about. */
export async function begin(stage: Stage, one: ModelCase): Promise<number> {
  // What a fix is about is said only on the pull request.
  const title = one.job === 'fix' ? 'The ground of a fix' : `About ${one.tag}`;
  const issue = { title, body: 'As the title says.' };
  if (one.job === 'review' || one.job === 'refute') {
    const branch = one.tag.replace(';', '');
    await stage.push(WRITER, { [`notes/${branch}.md`]: 'One line.\nAnd another.\n' }, branch);
    const pull = { ...issue, head: branch, base: 'main' };
    return (await stage.as(WRITER).openPull(REPOSITORY, pull)).number;
  }
  const number = await stage.openIssue(WRITER, issue);
  if (one.job === 'answer') await stage.say(WRITER, number, `/crew ask What is ${one.tag}`);
  else await stage.label(WRITER, number, 'crew:auto');
  if (one.job !== 'fix') return number;
  await stage.reaches(number, 'done');
  const pull = await stage.until(async () => stage.pullOf(number).catch(() => null));
  await stage.say(WRITER, pull.number, `/crew fix Mend ${one.tag}`);
  return pull.number;
}
