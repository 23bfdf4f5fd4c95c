import { describe, expect, it } from 'vitest';
import { withinAskLimit } from '../../src/core/decide/ask-limit.ts';
import { ignored, type Verdict } from '../../src/core/decide/facts.ts';
import { base, decisionOn, kinds, labelled, mona, pullLabelled, renovate } from './decide-parts.ts';

const { repository } = labelled('crew');
const beganAt = '2026-11-01T00:00:00.000Z';
const asking = { repository, number: 12, sender: mona };
const stop = { kind: 'stop_task', taskId: 't', reason: 'r' } as const;
const verdict: Verdict = {
  kind: 'decided',
  decisions: [{ decided: 'change', reason: 'r', actor: 'mona', changes: [stop] }],
};
const having = (count: number) => ({ ...base, asks: { count, beganAt } });
const changesOf = (given: Verdict) =>
  given.kind === 'decided' ? given.decisions.flatMap(({ changes }) => changes) : given;

describe('what one account asks for', () => {
  it.each([
    ['a person', mona, 29],
    ['a bot', renovate, 9],
  ])('as %s is taken up, and counted, up to the limit', (_who, sender, count) => {
    expect(changesOf(withinAskLimit({ ...asking, sender }, having(count), verdict))).toEqual([
      { kind: 'note_ask', of: { repositoryId: repository.id, number: 12 } },
      stop,
    ]);
  });

  it.each([
    ['a person', mona, 30],
    ['a bot', renovate, 10],
    ['a bot that was counted late', renovate, 13],
  ])('as %s is beyond it not taken up, which is said once an hour', (_who, sender, count) => {
    const changes = changesOf(withinAskLimit({ ...asking, sender }, having(count), verdict));

    expect(changes).toEqual([
      {
        kind: 'plan_effect',
        effect: expect.objectContaining({
          key: `too-often:${repository.id}:12:${sender.login}:${beganAt}`,
          action: expect.objectContaining({ kind: 'comment', number: 12 }),
        }),
      },
    ]);
  });

  it('is not counted where it changes nothing, and needs no count then', () => {
    const { asks: _, ...unknown } = base;

    expect(withinAskLimit(asking, unknown, ignored('nothing to do'))).toEqual(ignored('nothing to do'));
    expect(withinAskLimit(asking, unknown, verdict)).toEqual({ kind: 'needs', facts: ['asks'] });
  });

  it('by labels is limited, on an issue and on a pull request', () => {
    const asks = { count: 30, beganAt };

    for (const event of [labelled('crew'), pullLabelled('crew:review')]) {
      const decision = decisionOn(event, { asks });
      expect(decision).toMatchObject({ decided: 'ignored', reason: expect.stringContaining('30 things') });
      expect(kinds(decision.changes)).toEqual(['plan_effect']);
    }
  });
});
