import { describe, expect, it } from 'vitest';
import { isSettled, type Seen, smokeVerdict } from '../../src/core/gate/smoke-verdict.ts';
import { seenText } from '../../src/core/messages/smoke.ts';
import type { SmokeCheck } from '../../src/core/request-records.ts';

const check: SmokeCheck = { path: '/', method: 'GET', status: 200, contains: 'ready', timeoutSeconds: 10 };

const answered = (status: number, body = 'ready'): Seen => ({ kind: 'answered', status, body, cut: false });
const good = answered(200);
const wrong = answered(404);
const otherText = answered(200, 'starting');
const broken = answered(503);
const silent: Seen = { kind: 'unreachable', why: 'No answer came within 10 s.' };
const refused: Seen = { kind: 'refused', why: 'evil.example is not among the hosts.' };

describe('the tries of a smoke check', () => {
  it.each<[string, readonly Seen[], string]>([
    ['right at once', [good], 'passed'],
    ['right twice once it had started', [silent, good, good], 'passed'],
    ['right twice after a 503', [broken, good, good], 'passed'],
    ['right once, after it had started', [silent, broken, good], 'flaky'],
    ['right, then silent', [silent, good, silent], 'flaky'],
    ['wrong, then right', [wrong, good, good], 'flaky'],
    ['wrong on every try', [wrong, otherText, wrong], 'failed'],
    ['another text on every try', [otherText, otherText, otherText], 'failed'],
    ['silent on every try', [silent, silent, silent], 'unavailable'],
    ['5xx on every try', [broken, broken, silent], 'unavailable'],
    ['now wrong, now silent', [wrong, silent, wrong], 'unavailable'],
    ['refused', [refused], 'refused'],
    ['refused after an answer', [wrong, refused], 'refused'],
    ['never asked', [], 'unavailable'],
  ])('%s: %s is %s', (_, tries, verdict) => {
    expect(smokeVerdict(check, tries)).toBe(verdict);
  });

  it('pass with a 5xx where one is wanted', () => {
    expect(smokeVerdict({ ...check, status: 503 }, [broken])).toBe('passed');
  });

  it.each<[readonly Seen[], boolean]>([
    [[], false],
    [[good], true],
    [[refused], true],
    [[wrong], false],
    [[silent, good], false],
    [[wrong, wrong, wrong], true],
  ])('are over when another one changes nothing', (tries, over) => {
    expect(isSettled(check, tries)).toBe(over);
  });

  it('say what was seen', () => {
    const texts = [[good], [wrong], [otherText], [silent], [wrong, good, good], []].map((tries) =>
      seenText(check, tries),
    );

    expect(texts).toEqual([
      'Status 200, with the text that is looked for.',
      'Status 404 came back, not 200.',
      'Status 200, and the text that is looked for does not stand in the answer.',
      'No answer came within 10 s.',
      'It passed on 2 of 3 tries. Otherwise: Status 404 came back, not 200.',
      'It was not asked: the time for all checks of the gate was over.',
    ]);
    const cut: Seen = { kind: 'answered', status: 200, body: 'x', cut: true };
    expect(seenText(check, [cut])).toContain('in the first 1,000,000 bytes');
    expect(smokeVerdict(check, [cut, cut, cut])).toBe('unavailable');
  });
});
