/** A crew of evil specialists, for each kind of job one: each says all that it knows wherever it is let speak. */
import type { ConversationFile } from '../../../demo/model/conversation-format.ts';
import { audits, confirms, plans, works } from '../../support/scripted-crew.ts';
import { moduleWithTest } from '../../support/tiny-shop.ts';
import type { Ink } from './ink.ts';

const TITLE_CHARS = 160;
const TEXT_CHARS = 6_000;
const SHORT_CHARS = 1_200;

/** Titles of the issues that they are played for. */
export const TALKS = 'Pins for items';
export const WRITES = 'Notes for items';
export const DRAWS = 'A picture for items';
export const KEEPS = 'A key for items';

/** `leak`: what the one file says that is to be refused, what is not text in another, and what a third says of somebody else. */
export function evilConversations(
  ink: Ink,
  leak: { readonly text: string; readonly path: string; readonly key: string },
): readonly ConversationFile[] {
  return [
    plans(
      [
        {
          role: 'backend',
          title: ink.write('PLANTITLE', TITLE_CHARS, true),
          goal: ink.write('PLANGOAL', TEXT_CHARS),
          acceptance: [ink.write('PLANDONE', SHORT_CHARS)],
        },
      ],
      {
        says: TALKS,
        summary: ink.write('PLANSUMMARY', TEXT_CHARS),
        risks: [ink.write('PLANRISK', SHORT_CHARS)],
      },
    ),
    talks(ink),
    ...[WRITES, DRAWS, KEEPS].map((says) => plans([{ role: 'backend' }], { says })),
    works('backend', {
      says: WRITES,
      writes: { 'lib/leak.js': `export const leak = ${JSON.stringify(leak.text)};\n` },
    }),
    works('backend', { says: DRAWS, runs: [`mkdir -p img && cp ${leak.path} img/logo.png`], tests: 'true' }),
    // What mends is no better.
    ...[DRAWS, KEEPS].map((says) =>
      works('backend', {
        says: [says, 'holds what looks like a secret'],
        summary: 'It is needed.',
        tests: 'true',
      }),
    ),
    works('backend', {
      says: KEEPS,
      writes: { 'lib/key.js': `export const key = ${JSON.stringify(`\n${leak.key}`)};\n` },
      tests: 'true',
    }),
    audits(
      [
        {
          path: 'lib/price.js',
          line: 2,
          severity: 'high',
          title: ink.write('AUDITTITLE', TITLE_CHARS, true),
          body: ink.write('AUDITBODY', TEXT_CHARS),
        },
      ],
      { says: 'DELIVERY = 590' },
    ),
    audits(),
    reviews(ink),
    confirms(ink.write('REFUTE', SHORT_CHARS), 'high'),
    {
      about: 'Answers a question',
      when: { job: 'answer' },
      answer: { answer: ink.write('ANSWER', TEXT_CHARS) },
    },
  ];
}

/** All tools that let it speak, a command that prints, and an answer. */
function talks(ink: Ink): ConversationFile {
  const work = works('backend', {
    says: TALKS,
    writes: moduleWithTest('pins', 3),
    summary: ink.write('WORKSUMMARY', TEXT_CHARS),
    decisions: [ink.write('WORKDECISION', SHORT_CHARS)],
    not_done: [ink.write('WORKLEFT', SHORT_CHARS)],
  });
  const call = (tool: string, input: Record<string, unknown>) => ({ tool, input });
  return {
    ...work,
    turns: [
      {
        say: 'All that there is to say.',
        calls: [
          call('record_decision', { text: ink.write('DECISION', SHORT_CHARS) }),
          call('message_teammate', { to: 'everyone', text: ink.write('MAIL', SHORT_CHARS) }),
          call('propose_standard', {
            name: 'pins-of-items',
            text: ink.write('STANDARD', SHORT_CHARS),
            why: ink.write('WHY', SHORT_CHARS),
          }),
          call('read', { file_path: 'fixtures/words.txt' }),
          call('grep', { pattern: ink.write('GREP', 300, true).replace(/[\\^$.*+?()[\]{}|]/g, '\\$&') }),
          call('bash', {
            command: `cat fixtures/words.txt; echo ${JSON.stringify(ink.write('COMMAND', 200, true)).replace(/[$`]/g, '')}`,
          }),
        ],
      },
      ...(work.turns ?? []).map((turn, at) =>
        at === 0 ? { ...turn, after_error: 'either' as const } : turn,
      ),
    ],
  };
}

function reviews(ink: Ink): ConversationFile {
  return {
    about: 'Finds fault with a pull request',
    when: { job: 'review' },
    answer: {
      summary: ink.write('REVIEW', SHORT_CHARS),
      findings: [
        {
          path: 'lib/price.js',
          side: 'RIGHT',
          start_line: null,
          line: 2,
          severity: 'high',
          category: ink.write('CATEGORY', 60, true),
          title: ink.write('FINDINGTITLE', TITLE_CHARS, true),
          body: ink.write('FINDINGBODY', TEXT_CHARS),
          evidence: ink.write('EVIDENCE', SHORT_CHARS),
          confidence: 0.9,
          replacement: ink.write('REPLACEMENT', 200, true),
          also_at: [],
        },
      ],
      earlier: [],
    },
  };
}
