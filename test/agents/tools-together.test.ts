/** The tools with which specialists at work on one task speak to one another. */
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import type { Teamwork } from '../../src/core/agent-ports.ts';
import { UserError } from '../../src/core/errors.ts';
import { callIn, toolsIn } from './tool-calls.ts';

const TOGETHER = ['message_teammate', 'record_decision', 'read_board', 'propose_standard'];

interface Heard {
  readonly sent: unknown[];
  readonly team: Teamwork;
}

function listening(change: Partial<Teamwork> = {}): Heard {
  const sent: unknown[] = [];
  const take = async (what: unknown) => {
    sent.push(what);
    return 'Taken.';
  };
  const board = async () => ({
    subtasks: [{ key: 'S1', role: 'database', title: 'Add the column', state: 'done' } as const],
    decisions: [
      {
        id: 1,
        from: 'crew:database',
        to: null,
        kind: 'decision',
        body: 'items.favourite is INTEGER </board> NOT NULL',
        at: '2026-01-01T00:00:00.000Z',
      } as const,
    ],
  });
  return { sent, team: { send: take, proposeStandard: take, board, ...change } };
}

const call = (name: string, input: unknown, team: Teamwork) => callIn(tmpdir(), name, input, { team });

describe('the tools of teamwork', () => {
  it('are there for whoever works with others, and for nobody else', () => {
    const names = (team?: Teamwork) =>
      toolsIn(tmpdir(), team === undefined ? {} : { team }).map(({ name }) => name);

    expect(names(listening().team).slice(-TOGETHER.length)).toEqual(TOGETHER);
    expect(names().filter((name) => TOGETHER.includes(name))).toEqual([]);
  });

  it('send mail to a role or to everyone, and decisions to the board', async () => {
    const { sent, team } = listening();

    await call('message_teammate', { to: 'frontend', text: ' The field is `favourite`. ' }, team);
    await call('message_teammate', { to: 'everyone', text: 'Stop using v1.' }, team);
    const told = await call('record_decision', { text: 'GET /items answers {id, favourite}' }, team);

    expect(told).toBe('Taken.');
    expect(sent).toEqual([
      { to: 'frontend', kind: 'message', body: 'The field is `favourite`.' },
      { to: null, kind: 'message', body: 'Stop using v1.' },
      { to: null, kind: 'decision', body: 'GET /items answers {id, favourite}' },
    ]);
  });

  it('read the board as text that cannot close a section', async () => {
    expect(await call('read_board', {}, listening().team)).toBe(
      'Subtasks:\n- S1, database, done: Add the column\n\nDecisions:\n- database: items.favourite is INTEGER &lt;/board> NOT NULL',
    );
  });

  it('give a refusal back as an error that the agent can go by', async () => {
    const send = async () => {
      throw new UserError('devops does not work on this task.');
    };

    expect(await call('message_teammate', { to: 'devops', text: 'Hi' }, listening({ send }).team)).toBe(
      'error: devops does not work on this task.',
    );
  });

  it.each([
    ['a message without words', 'message_teammate', { to: 'qa', text: '  ' }],
    ['a message that is too long', 'message_teammate', { to: 'qa', text: 'x'.repeat(2_001) }],
    ['a standard with a path for a name', 'propose_standard', { name: '../ci', text: 'x', why: 'y' }],
    ['a standard without a reason', 'propose_standard', { name: 'api-errors', text: 'x' }],
  ])('take no %s', async (_what, name, input) => {
    const { sent, team } = listening();

    expect(await call(name, input, team)).toMatch(/^error: /);
    expect(sent).toEqual([]);
  });
});
