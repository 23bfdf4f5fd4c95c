import { describe, expect, it } from 'vitest';
import { linkedIssueNumbers } from '../../src/core/linked-issues.ts';
import { stripMarkers } from '../../src/core/marker.ts';
import { quietMentions } from '../../src/core/mentions.ts';
import { findingComment, foldedFinding } from '../../src/core/messages/finding-comment.ts';
import { closingNothing, code, folded, inlineText, modelText } from '../../src/core/messages/format.ts';
import { replyBody } from '../../src/core/messages/reply.ts';
import { withoutSuggestions } from '../../src/core/messages/without-suggestions.ts';
import { markedBody } from '../../src/core/outgoing-text.ts';
import { changeOutsideCode } from '../../src/core/outside-code.ts';
import { assembledOf } from '../../src/core/review/review-assembly.ts';
import { slowTexts } from '../support/growth.ts';
import { fault, reviewRecords } from './review-parts.ts';

const records = reviewRecords({ reviews: { backend: [fault('Token is written to the log', 10)] } });
const [published] = assembledOf(records).inline;
if (published === undefined) throw new Error('nothing is inline');
const saying = (text: string) => ({
  ...published,
  finding: { ...published.finding, body: text, evidence: text },
});

const readers: Readonly<Record<string, (text: string) => unknown>> = {
  'the comment of a finding': (text) => findingComment(saying(text)),
  'a folded finding': (text) => foldedFinding(saying(text), 600),
  'a reply': (text) => replyBody(records, { answer: text, verdict: 'stands', lesson: text }),
  'text of any length without suggestions': withoutSuggestions,
  'text by a model': (text) => modelText(text, text.length),
  'a line': (text) => inlineText(text, 100),
  'inline code': code,
  'a summary': (text) => folded(text, ''),
  'text that closes nothing': closingNothing,
  'text outside code': (text) => changeOutsideCode(text, (part) => part),
  'silenced mentions': quietMentions,
  'text without markers': stripMarkers,
  'a body': (text) => markedBody(text, 'key'),
  'linked issues': (text) => linkedIssueNumbers(text, { owner: 'acme', name: 'shop' }),
};

describe.each(Object.entries(readers))('%s', (_name, read) => {
  it('takes no more than in proportion to a hostile text', () => {
    expect(slowTexts(read)).toEqual([]);
  }, 60_000);
});
