import { describe, expect, it } from 'vitest';
import type { ConversationFile } from '../../demo/model/conversation-format.ts';
import { conversationSchema } from '../../demo/model/conversation-format.ts';
import {
  amendAnswerSchema,
  auditAnswerSchema,
  fixAnswerSchema,
  planAnswerSchema,
  workAnswerSchema,
} from '../../src/core/answers.ts';
import * as crew from '../support/scripted-crew.ts';

const PLAN = [{ role: 'database' }, { role: 'backend', depends_on: ['S1'] }];
const FAULT = { path: 'lib/a.js', line: 1, severity: 'high', title: 'It is open to all' } as const;
const EDIT = { path: 'lib/price.js', from: '490', to: '590' };

describe('the scripted crew', () => {
  it.each([
    ['a plan', crew.plans(PLAN), planAnswerSchema],
    [
      'a plan for other words',
      crew.plans(PLAN, { says: 'in euros', summary: 'In euros.' }),
      planAnswerSchema,
    ],
    ['a question', crew.asks(['In which currency?']), planAnswerSchema],
    ['nothing to do', crew.findsNothingToDo('It is there: lib/price.js.'), planAnswerSchema],
    ['an agreement', crew.agrees(), amendAnswerSchema],
    ['an amendment', crew.amends('The table comes first.', PLAN), amendAnswerSchema],
    ['an audit', crew.audits(), auditAnswerSchema],
    ['an audit with a finding', crew.audits([FAULT]), auditAnswerSchema],
    ['work', crew.works('backend', { edits: [EDIT], writes: { 'a.md': 'A\n' } }), workAnswerSchema],
    ['work that fails', crew.works('backend', { tests: 'false', fails: true }), workAnswerSchema],
    ['work without a command', crew.works('backend', { tests: null, looks: 9 }), workAnswerSchema],
    [
      'an answer to feedback',
      crew.works('backend', { replies: [{ id: 7, done: true, text: 'Done.' }] }),
      fixAnswerSchema,
    ],
  ] as const)('says %s in a form that the model plays and the crew takes', (_, conversation, answer) => {
    const played = conversationSchema.safeParse(conversation satisfies ConversationFile);

    expect(played.error?.issues ?? []).toEqual([]);
    expect(answer.safeParse(conversation.answer).error?.issues ?? []).toEqual([]);
  });
});
