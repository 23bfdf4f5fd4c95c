/** What the progress comment says beside the records: how long work runs, where to watch it, and what an early end leaves. */
import { describe, expect, it } from 'vitest';
import { isLiveKey, liveKey, liveUrlOf } from '../../src/core/live-link.ts';
import { progressComment } from '../../src/core/messages/progress.ts';
import { progressEffects } from '../../src/core/progress.ts';
import type { TaskState } from '../../src/core/records.ts';
import { effect, implementTask, recordsOf, subtask } from '../support/records.ts';

const { id } = implementTask();
const START = '2026-01-01T00:00:00.000Z';
const liveUrl = liveUrlOf('https://crew.example', ['secret of the hook']);
const shownAfter = (ms: number) => ({ now: new Date(Date.parse(START) + ms), liveUrl });

const running = recordsOf(implementTask({ state: 'working', costUsd: 0.4 }), {
  subtasks: [
    subtask({ key: 'S1', kind: 'work', role: 'database', state: 'running', startedAt: START, costUsd: 0.4 }),
    subtask({ key: 'S2', kind: 'work', role: 'backend', dependsOn: ['S1'] }),
  ],
});

describe('the checklist', () => {
  it.each([
    [59_000, ''],
    [61_000, ' for 1 min'],
    [3_600_000 + 61_000, ' for 1 h 1 min'],
  ])('says after %i ms that work is running%s', (ms, words) => {
    expect(progressComment(running, shownAfter(ms))).toContain(
      `- [ ] S1: Title of S1 (database, running${words}, $0.40)\n- [ ] S2: Title of S2 (backend, waiting)`,
    );
  });

  it('stays as it is within a minute, so that time alone edits no comment more often', () => {
    expect(progressComment(running, shownAfter(119_000))).toBe(progressComment(running, shownAfter(61_000)));
  });

  it('is edited ten seconds apart at most', () => {
    expect(progressEffects(running, shownAfter(0))).toMatchObject([{ minIntervalMs: 10_000 }]);
  });

  it('does not change while people are waited for', () => {
    const waiting = recordsOf(implementTask({ state: 'awaiting_approval' }));

    expect(progressComment(waiting, shownAfter(0))).toBe(progressComment(waiting, shownAfter(86_400_000)));
  });
});

describe('the link to the live view', () => {
  it('stands at the foot, with a key that fits the task and the secret alone', () => {
    const link = /\[live view\]\((.*?)\)/.exec(progressComment(running, shownAfter(0)))?.[1] ?? '';
    const key = new URL(link).searchParams.get('key') ?? '';

    expect(link.startsWith(`https://crew.example/tasks/${id}?key=`)).toBe(true);
    expect(isLiveKey(key, ['rotated', 'secret of the hook'], id)).toBe(true);
    expect(isLiveKey(key, ['rotated'], id)).toBe(false);
    expect(isLiveKey(key, ['secret of the hook'], `${id}0`)).toBe(false);
    expect(isLiveKey('', ['secret of the hook'], id)).toBe(false);
    expect(key).toBe(liveKey('secret of the hook', id));
  });

  it('is left out where the crew has no address', () => {
    const nowhere = { now: new Date(START), liveUrl: liveUrlOf(null, ['secret']) };

    expect(progressComment(running, nowhere)).not.toContain('live view');
  });
});

const pushed = effect({
  key: 'branch',
  state: 'done',
  outcome: { url: null, externalId: null },
  action: {
    kind: 'push_branch',
    branch: 'crew/12-favourites',
    baseSha: 'a'.repeat(40),
    treeSha: 'b'.repeat(40),
    how: 'api',
    onto: null,
    force: false,
  },
});

describe('an early end', () => {
  const done = subtask({ key: 'S1', kind: 'work', role: 'database', state: 'done' });
  const cut = subtask({ key: 'S2', kind: 'work', role: 'backend', state: 'stopped' });
  it.each<TaskState>(['stopped', 'failed', 'over_budget'])('that is %s says what is kept', (state) => {
    const records = recordsOf(implementTask({ state }), { subtasks: [done, cut] });

    expect(progressComment(records)).toContain(
      'The work of 1 subtask is kept for `/crew retry`: S1 (database). No branch was pushed.',
    );
    expect(progressComment({ ...records, effects: [pushed] })).toContain(
      'The branch `crew/12-favourites` stays as it is.',
    );
  });

  it('with no work done says so, and one without a plan says nothing', () => {
    const ended = implementTask({ state: 'stopped' });

    expect(progressComment(recordsOf(ended, { subtasks: [cut] }))).toContain('No work was finished');
    expect(progressComment(recordsOf(ended))).not.toContain('kept');
  });
});

it('a branch that could not be made through the API says why its commits are not Verified', () => {
  const left = 'pushed with git, and so not Verified: 2,000 files are more than the API takes';
  const outcome = { url: 'https://github.test/tree/crew/12', externalId: 'c'.repeat(40), left };
  const records = recordsOf(implementTask({ state: 'done' }), { effects: [{ ...pushed, outcome }] });

  expect(progressComment(records)).toContain(`Branch: https://github.test/tree/crew/12 (${left})`);
});
