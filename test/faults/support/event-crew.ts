/** What specialists say in trials of events: they plan and work in one step, find a fault where `FAULT` stands, and stay with it. */
import type { ConversationFile } from '../../../demo/model/conversation-format.ts';
import { audits, confirms, findsTested, plans, works } from '../../support/scripted-crew.ts';
import { moduleWithTest } from '../../support/tiny-shop.ts';

const earlier = {
  $each: 'earlier',
  $value: { id: '{{ item.id }}', verdict: 'stands', reason: 'The lines do what they did before.' },
};

function reviews(role: string | null): ConversationFile {
  const finding = {
    $at: 'fault',
    severity: 'high',
    category: 'correctness',
    title: 'This line is at fault',
    body: 'It does not do what it says.',
    evidence: '`{{ fault.text }}`',
    confidence: 0.95,
    replacement: null,
    also_at: [],
  };
  return {
    about: role === null ? 'Reviews without a finding' : `Reviews as ${role}`,
    when: { job: 'review', ...(role === null ? {} : { role }) },
    ...(role === null ? { fallback: true } : { take: { fault: { diff: 'FAULT', optional: true } } }),
    answer: {
      summary: 'As it is.',
      findings: role === null ? [] : [finding],
      earlier,
    },
  };
}

export function eventCrew(): readonly ConversationFile[] {
  return [
    plans([{ role: 'backend', title: 'Add vouchers' }]),
    works('backend', { writes: moduleWithTest('voucher', 500) }),
    works('backend', {
      says: '<failed_check ',
      writes: { 'lib/limit.js': 'export const MAX = 3;\n' },
      replies: [],
    }),
    works('backend', {
      says: '<word id=',
      writes: { 'lib/said.js': 'export const SAID = true;\n' },
      take: { word: { prompt: '<word id="(?<number>\\d+)"' } },
      replies: [{ id: 'word.number', done: true, text: 'It says so now.' }],
    }),
    findsTested(),
    audits(),
    reviews('backend'),
    reviews(null),
    confirms(),
    {
      about: 'Stays with a finding',
      when: { job: 'reply' },
      answer: { answer: 'It still fails as described.', verdict: 'stands', lesson: null },
    },
    { about: 'Answers a question', when: { job: 'answer' }, answer: { answer: 'In `lib/price.js`.' } },
  ];
}
