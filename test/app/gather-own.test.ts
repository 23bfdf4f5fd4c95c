import { describe, expect, it } from 'vitest';
import { readChecks, readFailures, readStates } from '../../src/app/ingest/gather-own.ts';
import type { OwnPull } from '../../src/core/decide/own-pulls.ts';
import type { ReportEvent } from '../../src/core/event.ts';
import type { ChecksReading, GitHubReader, HeadCheck, PullState } from '../../src/core/github-ports.ts';
import { fixTask, pullRequest, repository } from '../support/records.ts';

const [BEFORE, HEAD] = ['a'.repeat(40), 'b'.repeat(40)];
const sender = { login: 'ci', isBot: true };
const own: OwnPull = {
  number: 7,
  branch: 'topic',
  base: 'main',
  openedBy: 't',
  requester: 'mona',
  tasks: [],
};
const failed: HeadCheck = {
  name: 'test',
  ended: true,
  conclusion: 'failure',
  url: null,
  said: null,
  run: { id: 70, attempt: 1, jobId: 71 },
};
const passed: HeadCheck = { ...failed, name: 'lint', conclusion: 'success' };

function report(event: ReportEvent['event'], headSha: string | null = HEAD): ReportEvent {
  const told = { conclusion: 'failure', app: 'github-actions', run: null };
  return { kind: 'report', event, repository, sender, headSha, headBranch: 'topic', ...told };
}

function stateOf(headSha: string, mergeable: boolean | null = null): PullState {
  const at = { headSha, headRef: 'topic', baseRef: 'main' };
  return { number: 7, open: true, merged: false, draft: true, mergeable, labels: [], ...at };
}

function reading(checks: readonly HeadCheck[], runMissing = false): ChecksReading {
  return { checks, complete: true, runMissing };
}

/** Each read answers the next, the last from then on. */
function sourcesOf<T>(name: 'pullState' | 'checksOf' | 'jobLog', ...answers: readonly T[]) {
  const left = [...answers];
  const slept: number[] = [];
  const reader = {
    [name]: async () => (left.length > 1 ? left.shift() : left[0]),
  } as unknown as GitHubReader;
  const clock = { now: () => new Date(0), sleep: async (ms: number) => void slept.push(ms) };
  return { reader, clock, slept };
}

describe('the state of a pull request of the crew’s own', () => {
  const read = (event: ReportEvent, sources: ReturnType<typeof sourcesOf>) =>
    readStates(event, [own], { ...sources, repository });

  it('is read again while it is not shown, or with a head before that which a report is on', async () => {
    const sources = sourcesOf('pullState', null, stateOf(BEFORE), stateOf(HEAD));

    expect((await read(report('check_run'), sources)).get(7)).toEqual(stateOf(HEAD));
    expect(sources.slept).toEqual([3_000, 3_000]);
  });

  it('is taken as it is at the third look', async () => {
    const moved = sourcesOf('pullState', stateOf(BEFORE));
    const gone = sourcesOf('pullState', null);

    expect((await read(report('status'), moved)).get(7)).toEqual(stateOf(BEFORE));
    expect((await read(report('status'), gone)).size).toBe(0);
    expect([moved.slept.length, gone.slept.length]).toEqual([2, 2]);
  });

  it('is read once where it is closed, or where a round has gone on from the head that was told', async () => {
    const closed = sourcesOf('pullState', { ...stateOf(BEFORE), open: false });
    const moved = sourcesOf('pullState', stateOf(BEFORE));
    const pulls = [
      { ...own, tasks: [fixTask({ request: { pullRequest: { ...pullRequest, headSha: HEAD } } })] },
      own,
    ];

    await read(report('check_run'), closed);
    const states = await readStates(report('check_run'), pulls, { ...moved, repository });

    expect(states.size).toBe(1);
    expect([closed.slept, moved.slept]).toEqual([[], []]);
  });

  it('is waited for where it counts whether it can be merged', async () => {
    const sources = sourcesOf('pullState', stateOf(HEAD), stateOf(HEAD), stateOf(HEAD), stateOf(HEAD, true));

    expect((await read(report('check_suite', null), sources)).get(7)?.mergeable).toBe(true);
    expect(sources.slept).toHaveLength(3);
  });
});

describe('the checks of a head', () => {
  const read = (event: ReportEvent, sources: ReturnType<typeof sourcesOf>) =>
    readChecks(event, { repository, headSha: HEAD }, sources);

  it('are read again until they hold what a report told, and the run of what failed', async () => {
    const sources = sourcesOf('checksOf', reading([passed]), reading([failed], true), reading([failed]));

    expect(await read(report('check_run'), sources)).toEqual(reading([failed]));
    expect(sources.slept).toEqual([3_000, 3_000]);
  });

  it('are read again until they hold the attempt that failed', async () => {
    const second = { ...failed, run: { id: 70, attempt: 2, jobId: 72 } };
    const sources = sourcesOf('checksOf', reading([failed]), reading([second]));
    const told = { ...report('workflow_run'), run: { id: 70, attempt: 2 } };

    expect(await read(told, sources)).toEqual(reading([second]));
  });

  it('are taken as they are at the third look', async () => {
    const sources = sourcesOf('checksOf', reading([]));

    expect(await read(report('workflow_run'), sources)).toEqual(reading([]));
    expect(sources.slept).toHaveLength(2);
  });

  it.each([
    ['a suite, which may have none', report('check_suite')],
    ['a look of our own', report('check_suite', null)],
    ['a success among failures', { ...report('check_run'), conclusion: 'success' }],
  ])('are read once for %s', async (_what, event) => {
    const sources = sourcesOf('checksOf', reading(event.conclusion === 'success' ? [failed] : []));

    await read(event, sources);

    expect(sources.slept).toEqual([]);
  });
});

it('reads the log of what failed again where there is none yet', async () => {
  const sources = sourcesOf('jobLog', null, null, 'not ok 3');

  expect(await readFailures(repository, [failed, passed], sources)).toMatchObject([{ log: 'not ok 3' }]);
  expect(sources.slept).toEqual([3_000, 3_000]);
});
