/** A crew that does its work for every kind of task, and says nothing of its own. */
import type { ConversationFile } from '../../../demo/model/conversation-format.ts';
import { asks, audits, confirms, plans, works } from '../../support/scripted-crew.ts';
import { moduleWithTest } from '../../support/tiny-shop.ts';

export const ASKED = 'Vouchers for tea';
export const ANSWER = 'One voucher a basket.';
export const REVIEWED = 'Dearer delivery';
export const FAILED = 'voucher has no limit';
export const WORD = 'Say what it takes off';
/** Turns in which there is time to be told something. */
const LOOKS = 30;

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

export const heedingConversations: readonly ConversationFile[] = [
  asks(['How many count?'], { says: ASKED }),
  plans([{ role: 'backend', title: 'Add vouchers' }], { says: [ASKED, ANSWER] }),
  works('backend', {
    says: [ASKED, ANSWER],
    writes: moduleWithTest('voucher', 500),
    runs: ['cat NOTES.md'],
    looks: LOOKS,
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
