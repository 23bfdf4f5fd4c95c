import { describe, expect, it } from 'vitest';
import { createTexts } from '../../src/app/publisher/outgoing-texts.ts';
import { fingerprintMarker } from '../../src/core/review/fingerprint.ts';
import { suggestionBlock } from '../../src/core/review/suggestion.ts';

const MARKER = fingerprintMarker('0123456789abcdef');
const texts = createTexts(async (text) => text.replaceAll('hunter2', '[redacted]'));
const comment = (text: string, suggestion: string) =>
  [text, suggestionBlock(suggestion), '<sub>found by backend</sub>', MARKER].join('\n\n');

describe('the suggestion of a finding', () => {
  it.each(["key = 'x';", '', '```suggestion\nx\n```', '@Injectable()'])(
    '%j leaves as it is',
    async (suggestion) => {
      const text = comment('The key is in the code.', suggestion);

      expect(await texts.finding(text)).toBe(text);
      expect(await texts.finding(comment('It is hunter2.', suggestion))).toBe(
        comment('It is [redacted].', suggestion),
      );
    },
  );

  it.each([
    ['a secret is taken out of it', 'Look.', "key = 'hunter2';"],
    ['mentions in it would be changed', '- <!-- \n\n```', '@Injectable()'],
    ['it would be cut', 'x\n'.repeat(32_700), 'y\n'.repeat(300)],
  ])('is left out when %s', async (_what, said, suggestion) => {
    const sent = await texts.finding(comment(said, suggestion));

    expect(sent).not.toMatch(/suggestion|hunter2|Injectable|y\ny/);
    expect(sent).toMatch(/^(?:Look\.|- <!--|x\n)/);
    expect(sent.endsWith(MARKER)).toBe(true);
  });
});
