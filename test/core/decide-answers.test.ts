import { describe, expect, it } from 'vitest';
import type { Facts } from '../../src/core/decide/facts.ts';
import { decide, requestKeyOf } from '../../src/core/decide.ts';
import type { CommentEvent } from '../../src/core/event.ts';
import type { ImplementRequest } from '../../src/core/request-records.ts';
import { implementTask, repository } from '../support/records.ts';
import { AT, base, commented, config, decisionOn, mona, own, renovate, snapshot } from './decide-parts.ts';

const asking = implementTask({ state: 'awaiting_answer' });
const asked: Partial<Facts> = { tasks: [asking], baseSha: 'f'.repeat(40) };

describe('a plain comment while the Strategist waits for an answer', () => {
  it('by a writer is the answer: planned anew upon the issue and the code of now, with eyes on it', () => {
    const issue = { ...snapshot, body: 'Mark an item, per shop.' };

    const decision = decisionOn(commented(' Per shop. '), { ...asked, issue });

    expect(decision).toMatchObject({
      decided: 'change',
      reason: "mona answered the Strategist's question",
      actor: 'mona',
    });
    expect(decision.changes).toMatchObject([
      {
        kind: 'plan_effect',
        effect: {
          key: `mark:comment:${repository.id}:5`,
          action: { kind: 'reaction', content: 'eyes', target: { on: 'issue_comment', commentId: 5 } },
        },
      },
      {
        kind: 'revise_plan',
        taskId: asking.id,
        note: 'Per shop.',
        request: {
          issue,
          baseSha: 'f'.repeat(40),
          approval: 'required',
          branch: 'crew/12-favourites-first',
          revisions: [{ by: 'mona', note: 'Per shop.' }],
        },
      },
    ]);
  });

  it('adds to what was said in earlier rounds', () => {
    const revisions = [{ by: 'lisa', note: 'Both.' }];
    const request = { ...(asking.request as ImplementRequest), revisions };

    const { changes } = decisionOn(commented('The new one.'), { ...asked, tasks: [{ ...asking, request }] });

    expect(changes[1]).toMatchObject({
      request: {
        revisions: [
          { by: 'lisa', note: 'Both.' },
          { by: 'mona', note: 'The new one.' },
        ],
      },
    });
  });

  const renovated = { sender: renovate, author: renovate };
  it.each<[string, Partial<CommentEvent>, Partial<Facts>, string]>([
    ['a stranger', {}, { permission: 'read' }, 'mona lacks write access, so the comment is no answer'],
    ['a triager', {}, { permission: 'triage' }, 'mona lacks write access, so the comment is no answer'],
    ['a bot', renovated, {}, 'renovate[bot] is a bot that the configuration does not list'],
    ['the crew itself', { sender: own, author: own }, {}, 'the crew does not act on what it did itself'],
    ['an edit', { action: 'edited', before: 'Per person.' }, {}, 'the edit adds no command'],
    ['a replay', {}, { seen: true }, 'this comment was taken as an answer before'],
    ['a closed issue', { open: false }, {}, 'the issue is closed'],
  ])('by %s is ignored, with the reason', (_case, event, facts, reason) => {
    expect(decisionOn(commented('Per shop.', event), { ...asked, ...facts })).toMatchObject({
      decided: 'ignored',
      reason,
      changes: [],
    });
  });

  it('by a bot that the configuration lists is the answer', () => {
    const decision = decisionOn(commented('Per shop.', renovated), {
      ...asked,
      ...config('bots: ["renovate[bot]"]'),
      permission: 'none',
    });

    expect(decision.changes).toMatchObject([{}, { kind: 'revise_plan', note: 'Per shop.' }]);
  });

  it('that the Strategist read before it asked is no answer', () => {
    const comments = [{ author: 'mona', body: 'Per shop.', createdAt: '2026-01-02T00:00:00.000Z' }];
    const request = { ...(asking.request as ImplementRequest), issue: { ...snapshot, comments } };
    const facts = { ...asked, tasks: [{ ...asking, request }] };

    expect(decisionOn(commented('Per shop.', { createdAt: AT }), facts).reason).toBe(
      'the Strategist has read this comment already',
    );
    expect(decisionOn(commented('Per shop.', { createdAt: '2026-01-02T00:00:01Z' }), facts).decided).toBe(
      'change',
    );
  });

  it.each(['awaiting_approval', 'done'] as const)('is nothing while a task is %s', (state) => {
    expect(decisionOn(commented('Per shop.'), { tasks: [implementTask({ state })] })).toMatchObject({
      decided: 'ignored',
      reason: 'the comment holds no command',
    });
  });

  it('costs no look at GitHub where nothing was asked, and looks at the permission first where it was', () => {
    const { tasks: _tasks, permission: _permission, config: _config, seen: _seen, ...little } = base;
    const event = commented('Per shop.', { sender: mona });

    expect(decide(event, little)).toEqual({ kind: 'needs', facts: ['tasks'] });
    expect(decide(event, { ...little, tasks: [] })).toMatchObject({ kind: 'decided' });
    expect(decide(event, { ...little, tasks: [asking] })).toEqual({ kind: 'needs', facts: ['permission'] });
    expect(requestKeyOf(event)).toBe(`comment:${repository.id}:5`);
  });
});
