/** A crew that does its work for every kind of task, and says nothing of its own. */
import type { ConversationFile } from '../../../demo/model/conversation-format.ts';
import { asks, audits, confirms, plans, works } from '../../support/scripted-crew.ts';
import { moduleWithTest } from '../../support/tiny-shop.ts';

export const ASKED = 'Vouchers for tea';
export const ANSWER = 'One voucher a basket.';
export const REVIEWED = 'Dearer delivery';
export const FAILED = 'voucher has no limit';
export const WORD = 'Say what it takes off';
/** So long it waits at most to be told something. */
const TOLD_WITHIN_SECONDS = 60;

const finding = {
  path: 'lib/price.js',
  side: 'RIGHT',
  start_line: null,
  line: 2,
  severity: 'high',
  category: 'correctness',
  title: 'Delivery became dearer',
  body: 'Baskets cost more than they say.',
  evidence: 'lib/price.js, line 2',
  confidence: 0.9,
  replacement: null,
  also_at: [],
};

/** `gate`: whoever works on the issue waits until this file is there. */
export function heedingConversations(gate: string): readonly ConversationFile[] {
  const waits = `for i in $(seq ${TOLD_WITHIN_SECONDS * 10}); do test -e ${gate} && break; sleep 0.1; done`;
  return [
    asks(['How many count?'], { says: ASKED }),
    plans([{ role: 'backend', title: 'Add vouchers' }], { says: [ASKED, ANSWER] }),
    works('backend', {
      says: [ASKED, ANSWER],
      writes: moduleWithTest('voucher', 500),
      runs: ['cat NOTES.md', waits],
    }),
    works('backend', {
      says: ['<failed_check ', FAILED],
      writes: { 'lib/limit.js': 'export const MOST = 1;\n' },
      replies: [],
    }),
    works('backend', {
      says: ['<word id=', WORD],
      runs: ['echo cents >> lib/units.txt'],
      take: { word: { prompt: '<word id="(?<number>\\d+)"' } },
      replies: [{ id: 'word.number', done: true, text: 'It says so now.' }],
    }),
    audits(),
    {
      about: 'Finds one fault',
      when: { job: 'review', says: REVIEWED },
      answer: { summary: 'Read.', findings: [finding], earlier: [] },
    },
    {
      about: 'Finds no fault',
      when: { job: 'review' },
      fallback: true,
      answer: { summary: 'Read.', findings: [], earlier: [] },
    },
    confirms('It is so.', 'high'),
    {
      about: 'Stands by it',
      when: { job: 'reply' },
      answer: { answer: 'It stands.', verdict: 'stands', lesson: null },
    },
    { about: 'Answers', when: { job: 'answer' }, answer: { answer: 'It is so.' } },
  ];
}
