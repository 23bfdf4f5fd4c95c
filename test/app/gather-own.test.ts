import { describe, expect, it } from 'vitest';
import { readChecks, readFailures, readGrounds, readStates } from '../../src/app/ingest/gather-own.ts';
import type { OwnPull } from '../../src/core/decide/own-pulls.ts';
import type { ReportEvent, ReportSource } from '../../src/core/event.ts';
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
  askedAt: '2026-11-01T09:00:00Z',
  tasks: [],
};
const failed: HeadCheck = {
  kind: 'check_run',
  id: 71,
  suiteId: 7,
  name: 'test',
  ended: true,
  conclusion: 'failure',
  url: null,
  said: null,
  run: { id: 70, attempt: 1, jobId: 71 },
};
const passed: HeadCheck = { ...failed, id: 72, name: 'lint', conclusion: 'success', run: null };
const checkRun: ReportSource = { kind: 'check_run', id: 71, name: 'test' };
const checkSuite: ReportSource = { kind: 'check_suite', id: 7, runs: 1 };
const workflowRun = (attempt: number): ReportSource => ({ kind: 'workflow_run', id: 70, attempt });
const status: ReportSource = { kind: 'status', id: 9, name: 'deploy' };

function report(source: ReportSource, headSha: string | null = HEAD): ReportEvent {
  const told = { conclusion: 'failure', app: 'github-actions' };
  return { kind: 'report', source, repository, sender, headSha, headBranch: 'topic', ...told };
}

function success(source: ReportSource): ReportEvent {
  return { ...report(source), conclusion: 'success' };
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

    expect((await read(report(checkRun), sources)).get(7)).toEqual(stateOf(HEAD));
    expect(sources.slept).toEqual([3_000, 3_000]);
  });

  it('is taken as it is at the third look', async () => {
    const moved = sourcesOf('pullState', stateOf(BEFORE));
    const gone = sourcesOf('pullState', null);

    expect((await read(report(status), moved)).get(7)).toEqual(stateOf(BEFORE));
    expect((await read(report(status), gone)).size).toBe(0);
    expect([moved.slept.length, gone.slept.length]).toEqual([2, 2]);
  });

  it('is read once where it is closed, or where a round has gone on from the head that was told', async () => {
    const closed = sourcesOf('pullState', { ...stateOf(BEFORE), open: false });
    const moved = sourcesOf('pullState', stateOf(BEFORE));
    const pulls = [
      { ...own, tasks: [fixTask({ request: { pullRequest: { ...pullRequest, headSha: HEAD } } })] },
      own,
    ];

    await read(report(checkRun), closed);
    const states = await readStates(report(checkRun), pulls, { ...moved, repository });

    expect(states.size).toBe(1);
    expect([closed.slept, moved.slept]).toEqual([[], []]);
  });

  it('is waited for where it counts whether it can be merged', async () => {
    const sources = sourcesOf('pullState', stateOf(HEAD), stateOf(HEAD), stateOf(HEAD), stateOf(HEAD, true));

    expect((await read(report(checkSuite, null), sources)).get(7)?.mergeable).toBe(true);
    expect(sources.slept).toHaveLength(3);
  });
});

describe('the checks of a head', () => {
  const read = (event: ReportEvent, sources: ReturnType<typeof sourcesOf>) =>
    readChecks(event, { repository, headSha: HEAD }, sources);

  it('are read again until they hold what a report told, and the run of what failed', async () => {
    const sources = sourcesOf('checksOf', reading([passed]), reading([failed], true), reading([failed]));

    expect(await read(report(checkRun), sources)).toEqual(reading([failed]));
    expect(sources.slept).toEqual([3_000, 3_000]);
  });

  const job = (change: Partial<HeadCheck>, attempt: number | null = null): HeadCheck => ({
    ...passed,
    run: { id: 70, attempt, jobId: 72 },
    ...change,
  });
  const again = { ...failed, run: { id: 70, attempt: 2, jobId: 73 } };
  const running = { ended: false, conclusion: '' };
  const deploy: HeadCheck = { ...passed, kind: 'status', name: 'deploy', suiteId: null };

  it.each<[string, ReportEvent, readonly HeadCheck[], readonly HeadCheck[]]>([
    ['the end of the check itself', report(checkRun), [{ ...failed, ...running }], [failed]],
    ['a check of that id', report(checkRun), [{ ...failed, id: 70 }], [failed]],
    [
      'a newer one of its name',
      report(checkRun),
      [{ ...failed, id: 73, name: 'other' }],
      [{ ...failed, id: 73, ...running }],
    ],
    ['the commit status itself', report(status), [{ ...deploy, id: 8 }], [{ ...deploy, id: 9 }]],
    ['a newer one of its context', report(status), [{ ...deploy, id: 8 }], [{ ...deploy, id: 10 }]],
    ['what failed of a suite', report(checkSuite), [passed], [failed]],
    ['as many checks as a suite has', report({ ...checkSuite, runs: 2 }), [failed], [failed, passed]],
    ['jobs of the workflow', success(workflowRun(1)), [passed], [job({})]],
    ['the attempt that failed', report(workflowRun(2)), [failed], [again]],
    ['the end of each job', report(workflowRun(2)), [again, job(running)], [again, job({})]],
    ['an attempt without failures', success(workflowRun(2)), [failed], [job({})]],
  ])('are read again until they hold %s', async (_what, event, before, after) => {
    const sources = sourcesOf('checksOf', reading(before), reading(after));

    expect(await read(event, sources)).toEqual(reading(after));
    expect(sources.slept).toEqual([3_000]);
  });

  it('are taken as they are at the third look', async () => {
    const sources = sourcesOf('checksOf', reading([]));

    expect(await read(report(workflowRun(1)), sources)).toEqual(reading([]));
    expect(sources.slept).toHaveLength(2);
  });

  it.each([
    ['a suite that has none', report({ ...checkSuite, runs: 0 }), reading([])],
    ['a look of our own', report(status, null), reading([])],
    ['a head with more of them than are read', report(checkRun), { ...reading([]), complete: false }],
  ])('are read once for %s', async (_what, event, answer) => {
    const sources = sourcesOf('checksOf', answer);

    await read(event, sources);

    expect(sources.slept).toEqual([]);
  });
});

it('reads the log of what failed again where there is none yet', async () => {
  const sources = sourcesOf('jobLog', null, null, 'not ok 3');

  expect(await readFailures(repository, [failed, passed], sources)).toMatchObject([{ log: 'not ok 3' }]);
  expect(sources.slept).toEqual([3_000, 3_000]);
});

it('reads what a round is begun upon as it stood when a person asked for the work', async () => {
  const told: unknown[] = [];
  const reader = {
    pullRequest: async (_repository: unknown, number: number, askedAt: unknown) => {
      told.push(number, askedAt);
      return pullRequest;
    },
    changedPaths: async () => ['a.js'],
    branchHead: async () => BEFORE,
  } as unknown as GitHubReader;

  const grounds = await readGrounds(repository, [own], new Map([[7, stateOf(HEAD, false)]]), reader);

  expect(grounds.get(7)).toEqual({ pullRequest, paths: ['a.js'], baseHead: BEFORE });
  expect(told).toEqual([7, own.askedAt]);
});
