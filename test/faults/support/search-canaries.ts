/** Looks for canaries in all that went out, and for what must be there in their stead. */
import type { CrewParts } from '../../support/crew-parts.ts';
import { bare, type MadeSecret, tracesOf } from '../../support/written-secrets.ts';
import type { Canary } from './ink.ts';
import type { WentOut } from './went-out.ts';

/** Tokens that were minted for the crew, which nobody could write down before. */
export function tokensOf({ github }: CrewParts): readonly Canary[] {
  return github.tokens().map(({ token }) => plain({ kind: 'token', value: token, known: 4 }));
}

/** A secret as it is. */
export function plain(secret: MadeSecret): Canary {
  return { how: 'plain', text: secret.value, secret };
}

const bareTexts = new WeakMap<WentOut, ReadonlyMap<string, string>>();

export function whereIn(went: WentOut, canary: Canary): readonly string[] {
  const texts =
    bareTexts.get(went) ?? new Map(Object.entries(went).map(([place, text]) => [place, bare(text)]));
  bareTexts.set(went, texts);
  const traces = tracesOf(canary.secret, canary);
  return [...texts].flatMap(([place, text]) => {
    const trace = traces.find((one) => text.includes(one));
    return trace === undefined ? [] : [`${canary.secret.kind} ${canary.how} in ${place}: ${trace}`];
  });
}

/** What people wrote and GitHub answered is kept there, and read by agents, as it is; only what is our own is taken out. */
const KEEPS_SHAPES = [
  'model',
  ...['deliveries', 'tasks', 'subtasks', 'effects', 'events'].map((name) => `table ${name}`),
];
/** The log cannot wait for the rules of secretlint: it knows the kinds that the crew itself handles. */
const OF_THE_LOG =
  /^(?:personal token|fine-grained token|key of Anthropic|password of a database|private key) /;
const shownTexts = new WeakMap<WentOut, WentOut>();

/** Where a secret of other people went that only its shape tells. */
export function whereShaped(went: WentOut, canary: Canary): readonly string[] {
  const shown =
    shownTexts.get(went) ??
    Object.fromEntries(Object.entries(went).filter(([place]) => !KEEPS_SHAPES.includes(place)));
  shownTexts.set(went, shown);
  return whereIn(shown, canary).filter(
    (where) => !where.includes(' in logs: ') || OF_THE_LOG.test(`${canary.secret.kind} `),
  );
}

/** What must have gone there, without its secrets: nothing is shown by silence. */
const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  GitHub: [
    'PLANTITLE',
    'PLANSUMMARY',
    'PLANRISK',
    'WORKSUMMARY',
    'ANSWER',
    'FINDINGTITLE',
    'FINDINGBODY',
    'AUDITTITLE',
    'AUDITBODY',
    'STANDARD',
    'WHY',
    '[redacted]',
  ],
  model: ['ISSUE', 'SAID', 'TITLE', 'WORDS', 'PLANGOAL', 'MAIL', 'DECISION', '[redacted]'],
  logs: ['subtask ended', 'You sent token [redacted]', 'UNREADABLE-[redacted].md'],
  'live view': ['PLANTITLE', 'DECISION'],
  'table deliveries': ['ISSUE', 'SAID', '[redacted]'],
  'table tasks': ['ISSUE', '[redacted]'],
  'table plans': ['PLANGOAL', '[redacted]'],
  'table results': ['WORKSUMMARY', 'EVIDENCE', 'WORDS', '[redacted]'],
  'table transcripts': ['MAIL', 'STANDARD', 'WORDS', 'COMMAND', '[redacted]'],
  'table messages': ['DECISION', '[redacted]'],
  'table effects': ['WORKSUMMARY', '[redacted]'],
  'table findings': ['FINDINGBODY', '[redacted]'],
};

export function missingFrom(went: WentOut): readonly string[] {
  return Object.entries(EXPECTED).flatMap(([place, marks]) =>
    marks.filter((mark) => !went[place]?.includes(mark)).map((mark) => `${mark} in ${place}`),
  );
}
