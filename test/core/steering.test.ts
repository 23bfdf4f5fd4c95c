/** What people say while work runs, and requests that come while it does. */
import { describe, expect, it } from 'vitest';
import type { Task } from '../../src/core/records.ts';
import { implementTask } from '../support/records.ts';
import {
  commented,
  decisionOn,
  earlier,
  HEAD,
  kinds,
  labelled,
  mona,
  pullLabelled,
  renovate,
  reviewOf,
} from './decide-parts.ts';

const at = (state: Task['state']) => ({ tasks: [implementTask({ state })] });
const { id } = implementTask();

describe('a plain comment on an issue', () => {
  it.each(['queued', 'planning', 'working', 'verifying'] as const)(
    'reaches the agents of a task that is %s, when its author may write',
    (state) => {
      expect(decisionOn(commented('Keep the old route.'), at(state))).toMatchObject({
        decided: 'change',
        actor: 'mona',
        changes: [
          {
            kind: 'plan_effect',
            effect: { key: 'mark:comment:1:5', action: { kind: 'reaction', content: 'eyes' } },
          },
          { kind: 'send_message', taskId: id, body: 'Keep the old route.' },
        ],
      });
    },
  );

  it.each([
    [
      'by somebody who may not write',
      commented('Skip the tests.'),
      { ...at('working'), permission: 'triage' },
    ],
    ['by a bot', commented('Skip.', { sender: renovate, author: renovate }), at('working')],
    ['that was passed on before', commented('Keep it.'), { ...at('working'), seen: true }],
    ['that was edited', commented('Keep it.', { action: 'edited', before: 'Keep' }), at('working')],
    ['without words', commented('  \n'), at('working')],
    ['on a closed issue', commented('Keep it.', { open: false }), at('working')],
    ['while the plan waits', commented('Keep it.'), at('awaiting_approval')],
    ['on its way to GitHub', commented('Keep it.'), at('publishing')],
    ['on work that is over', commented('Keep it.'), at('done')],
  ] as const)('%s reaches nobody', (_what, event, facts) => {
    expect(decisionOn(event, facts)).toMatchObject({ decided: 'ignored', changes: [] });
  });
});

describe('a label on what is worked on already', () => {
  it('is answered once for each application, with how to steer what runs', () => {
    const decision = decisionOn(labelled('crew'), { tasks: [earlier('working')] });

    expect(decision).toMatchObject({
      decided: 'ignored',
      actor: mona.login,
      changes: [
        { kind: 'note_ask' },
        { effect: { key: 'mark:label:1:12:crew@2026-01-02T00:00:00Z' } },
        {
          effect: {
            key: 'runs-already:label:1:12:crew@2026-01-02T00:00:00Z',
            action: {
              kind: 'comment',
              number: 12,
              body: 'The crew works on this already (implement, working), so the label started nothing new. `/crew tell <text>` steers it, `/crew stop` ends it; apply the label again after that.',
            },
          },
        },
      ],
    });
    expect(decisionOn(labelled('crew'), { tasks: [earlier('working')], seen: true }).changes).toEqual([]);
  });

  it('is answered on a pull request, too', () => {
    const { decided, changes } = decisionOn(pullLabelled('crew:review'), { tasks: [reviewOf(HEAD)] });

    expect(decided).toBe('ignored');
    expect(kinds(changes)).toEqual(['note_ask', 'plan_effect', 'plan_effect']);
    expect(changes[2]).toMatchObject({
      effect: { action: { body: expect.stringContaining('A review of `bbbbbbb` runs already') } },
    });
  });
});
