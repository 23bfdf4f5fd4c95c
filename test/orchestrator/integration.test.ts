import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AgentJob } from '../../src/core/agent-ports.ts';
import { integrationOf } from '../../src/core/implement/commits.ts';
import type { Task } from '../../src/core/records.ts';
import type { Outcome } from '../../src/core/result-records.ts';
import { implementTask, planAnswer, surveyedFile } from '../support/records.ts';
import type { TestCrew } from './crew.ts';
import { FULL_CREW, patch, testCrew } from './crew.ts';
import { progressOf } from './issue-steps.ts';

let crew: TestCrew;
/** Backend and database side by side, then the frontend upon both. */
const PLAN = planAnswer([
  { role: 'database' },
  { role: 'backend' },
  { role: 'frontend', depends_on: ['S1', 'S2'] },
]);
const AUTO = { ...implementTask().request, approval: 'auto' } as Task['request'];

beforeEach(async () => {
  crew = await testCrew({ roles: FULL_CREW });
  crew.agents.set('plan', async () => ({ kind: 'plan', answer: PLAN }));
  for (const key of ['audit', 'audit-2', 'audit-3']) crew.agents.set(key, async () => audit());
});
afterEach(() => crew.end());

type Findings = Extract<Outcome, { kind: 'audit' }>['answer']['findings'];

function audit(findings: Findings = []): Outcome {
  return { kind: 'audit', answer: { summary: 'Read it.', findings }, unread: [] };
}

const leak: Findings[number] = {
  path: 'server/api.js',
  line: 3,
  severity: 'high',
  title: 'The token is logged',
  body: 'Whoever reads the log has it. Leave it out.',
};

/** The diff of one new file, as far as the crew reads it. */
function fileDiff(path: string, text: string): string {
  return [
    `diff --git a/${path} b/${path}`,
    'new file mode 100644',
    '--- /dev/null',
    `+++ b/${path}`,
    '@@ -0,0 +1,1 @@',
    `+${text}`,
    '',
  ].join('\n');
}

async function settled(request: Task['request'] = AUTO) {
  const task = await crew.newTask({ request });
  await crew.settle();
  return crew.records(task);
}

const effectsOf = ({ effects }: Awaited<ReturnType<typeof settled>>) =>
  effects.map(({ action }) => action.kind).filter((kind) => kind !== 'sticky_comment');

const bodyOf = ({ effects }: Awaited<ReturnType<typeof settled>>): string => {
  const action = effects.find((effect) => effect.action.kind === 'open_pull_request')?.action;
  return action?.kind === 'open_pull_request' ? action.body : '';
};

/** S2's patch does not fit until it was made `times` anew; notes what each agent of it was told. */
function conflicting(times: number): AgentJob[] {
  const jobs: AgentJob[] = [];
  crew.agents.set('S2', async (job) => {
    jobs.push(job);
    return patch(`S2, made ${jobs.length} times`);
  });
  crew.checkouts.conflicts = (patches) => {
    const keys = patches.map(({ subtaskKey }) => subtaskKey);
    if (!keys.includes('S1') || !keys.includes('S2') || jobs.length > times) return null;
    return { key: 'S2', files: ['server/api.js'] };
  };
  return jobs;
}

describe('work that does not fit together', () => {
  it('goes back to its specialist on the state of what comes before it, with its former change', async () => {
    const jobs = conflicting(1);

    const records = await settled();

    expect(records.task.state).toBe('done');
    expect(jobs.map(({ subtask }) => [subtask.role, subtask.dependsOn])).toEqual([
      ['backend', []],
      ['backend', ['S1']],
    ]);
    expect(jobs[0]?.returned).toBeUndefined();
    expect(jobs[1]?.returned).toMatchObject({
      patch: 'S2, made 1 times',
      setback: { cause: 'conflict', files: ['server/api.js'] },
    });
    expect(jobs[1]?.patches.map((one) => one.patch)).toEqual(['diff of S1']);
    expect(crew.diary.filter((line) => line === '+S3')).toHaveLength(1);
  });

  it('goes to the Architect the third time, and the checklist counts the rounds', async () => {
    const jobs = conflicting(3);
    const shown: string[] = [];
    const agent = crew.agents.get('S2');
    crew.agents.set('S2', async (job, hooks) => {
      shown.push(await progressOf(crew, job.task));
      return (await agent?.(job, hooks)) ?? patch('');
    });

    const records = await settled();

    expect(records.task.state).toBe('done');
    expect(jobs.map(({ subtask }) => subtask.role)).toEqual(['backend', 'backend', 'backend', 'architect']);
    expect(shown[1]).toContain('(backend, rebasing, 1 of 2');
    expect(shown[3]).toContain('(architect, rebasing, by the Architect');
  });

  it('ends the task when the Architect’s does not fit either, and says which files', async () => {
    conflicting(4);

    const { task, subtasks } = await settled();

    expect(task.state).toBe('failed');
    expect(task.reason).toContain('`server/api.js`');
    expect(task.reason).toContain('the last time by the Architect');
    expect(subtasks.find(({ key }) => key === 'S2')?.setbacks).toHaveLength(3);
  });

  it('goes back anew when the task that ended so is taken up again', async () => {
    const jobs = conflicting(5);
    const { task, ...ended } = await settled();

    await crew.retry(task);
    await crew.settle();

    expect(task.state).toBe('failed');
    expect(ended.subtasks.find(({ key }) => key === 'S2')?.setbacks).toHaveLength(3);
    expect((await crew.records(task)).task).toMatchObject({ state: 'done', reason: null });
    expect(jobs).toHaveLength(6);
  });

  it('ends the task after two rounds where no Architect is enabled', async () => {
    conflicting(4);
    const config = { ...AUTO.config, roles: AUTO.config.roles.filter((name) => name !== 'architect') };

    const { task, subtasks } = await settled({ ...AUTO, config } as Task['request']);

    expect(task.state).toBe('failed');
    expect(subtasks.find(({ key }) => key === 'S2')?.setbacks).toHaveLength(2);
  });

  it('goes back from the last checks too, and what was built upon it stays', async () => {
    crew.agents.set('plan', async () => ({ kind: 'plan', answer: planAnswer([{ role: 'database' }, {}]) }));
    const jobs = conflicting(1);

    const records = await settled();

    expect(records.task.state).toBe('done');
    expect(jobs).toHaveLength(2);
    expect(crew.diary.filter((line) => line === '+S1')).toHaveLength(1);
  });
});

describe('tests', () => {
  it('are added for all that was planned where nobody of QA comes after it', async () => {
    const { subtasks } = await settled();

    expect(subtasks.find(({ key }) => key === 'tests')).toMatchObject({
      role: 'qa',
      dependsOn: ['S1', 'S2', 'S3'],
      state: 'done',
    });
  });
});

describe('a check that fails', () => {
  it('and failed in the same way before does not block, and people are told', async () => {
    crew.checkouts.baseExit = 1;
    crew.checkouts.checkExit = 1;

    const records = await settled();

    expect(records.task).toMatchObject({ state: 'done', reason: null });
    expect(bodyOf(records)).toContain('failed in the same way before the change');
    expect(effectsOf(records)).toEqual(['push_branch', 'open_pull_request']);
  });

  it('is mended in round one by the specialist whose file it names', async () => {
    crew.agents.set('S2', async () => patch(fileDiff('server/api.js', 'one')));
    const jobs: AgentJob[] = [];
    crew.agents.set('fix-1', async (job) => {
      jobs.push(job);
      return patch('mended');
    });
    crew.checkouts.checkExit = (patches) => (patches.includes('mended') ? 0 : 1);
    crew.checkouts.checkOutput = '✖ fails at server/api.js:3';

    const records = await settled();

    expect(records.task).toMatchObject({ state: 'done', reason: null });
    expect(records.subtasks.filter(({ kind }) => kind === 'verify').map(({ key }) => key)).toEqual([
      'before',
      'verify',
      'verify-2',
    ]);
    expect(jobs[0]?.subtask.role).toBe('backend');
    expect(jobs[0]?.repair?.runs).toMatchObject([{ command: 'npm test', exitCode: 1 }]);
    expect(jobs[0]?.patches).toHaveLength(4);
    expect(bodyOf(records)).toContain('passed on');
    expect(effectsOf(records)).toEqual(['push_branch', 'open_pull_request']);
  });

  it('is left to a person after two repairs, with the reason', async () => {
    crew.checkouts.checkExit = 1;

    const records = await settled();

    expect(records.task.state).toBe('done');
    expect(records.task.reason).toContain('after 2 repairs');
    expect(records.task.reason).toContain('`npm test` ended with 1.');
    expect(bodyOf(records)).toContain('This needs a person');
    expect(records.effects.at(-1)?.action).toEqual({
      kind: 'add_labels',
      number: 7,
      labels: ['crew:needs-human'],
    });
    expect(crew.diary.filter((line) => line.startsWith('+fix'))).toEqual(['+fix-1', '+fix-2']);
  });

  it('is left to a person when its repair comes to no end: the work is not lost', async () => {
    crew.checkouts.checkExit = 1;
    const message = 'It ran out of turns.';
    crew.agents.set('fix-1', async () => ({ kind: 'failed', cause: 'limit_reached', message }));

    const records = await settled();

    expect(records.task.state).toBe('done');
    expect(records.task.reason).toContain('needs a person');
    expect(records.task.reason).toContain(message);
    expect(effectsOf(records)).toEqual(['push_branch', 'open_pull_request', 'add_labels']);
    expect(crew.diary.filter((line) => line === '+audit')).toHaveLength(1);
    expect(records.subtasks.find(({ key }) => key === 'verify-2')?.state).toBe('stopped');
  });

  it('ends the task when its repair finds no money left', async () => {
    crew.checkouts.checkExit = 1;
    crew.agents.set('fix-1', async () => ({ kind: 'failed', cause: 'over_budget', message: 'No more.' }));

    expect((await settled()).task.state).toBe('over_budget');
  });

  it('takes the pull request out of draft when all passes and nothing else runs there', async () => {
    crew.checkouts.folders.clear();

    const records = await settled();

    expect(records.effects.at(-1)?.action).toEqual({ kind: 'ready_for_review', number: 7, headSha: null });
  });
});

describe('what must not leave', () => {
  it('goes back twice, and then nothing is pushed', async () => {
    crew.checkouts.changed = [surveyedFile('server/api.js'), surveyedFile('.github/workflows/ci.yml')];

    const records = await settled();

    expect(records.task.state).toBe('failed');
    expect(records.task.reason).toContain('nothing was pushed');
    expect(records.task.reason).toContain('`.github/workflows/ci.yml` is protected');
    expect(effectsOf(records)).toEqual([]);
    expect(crew.diary.filter((line) => line.startsWith('+fix'))).toEqual(['+fix-1', '+fix-2']);
  });

  it('is told to whoever mends it', async () => {
    crew.checkouts.changed = [surveyedFile('.github/workflows/ci.yml')];
    const jobs: AgentJob[] = [];
    crew.agents.set('fix-1', async (job) => {
      jobs.push(job);
      crew.checkouts.changed = [surveyedFile('server/api.js')];
      return patch('taken out');
    });

    const records = await settled();

    expect(records.task.state).toBe('done');
    expect(jobs[0]?.repair?.refusals).toMatchObject([
      { cause: 'protected_path', path: '.github/workflows/ci.yml' },
    ]);
  });
});

describe('a stop while the outcome is on its way', () => {
  const sent = ({ effects }: Awaited<ReturnType<typeof settled>>) =>
    effects.filter(({ outcome }) => outcome !== null).map(({ action }) => action.kind);

  it.each([
    ['push_branch', []],
    ['open_pull_request', ['push_branch']],
  ] as const)('keeps back what was not sent yet, from the %s on, until a retry', async (kind, before) => {
    const task = await crew.newTask({ request: AUTO });
    const isNext = async () =>
      (await crew.records(task)).effects.find(
        ({ action, state }) => action.kind === kind && state === 'planned',
      );
    for (let job = await crew.next('publish'); ; job = await crew.next('publish')) {
      const waiting = await isNext();
      if (job.step === 'publish' && job.effectId === waiting?.id) break;
      await crew.handle(job);
    }

    await crew.stop(task);
    await crew.handle({ step: 'publish', effectId: (await isNext())?.id ?? '' });
    await crew.settle();

    const stopped = await crew.records(task);
    expect(sent(stopped).filter((one) => one !== 'sticky_comment')).toEqual(before);
    expect(await progressOf(crew, task)).toContain(
      before.length === 0 ? 'No branch was pushed' : 'stays as it is',
    );

    await crew.retry(task);
    await crew.settle();
    for (const id of await crew.store.effects.due(new Date(Date.now() + 60_000).toISOString(), 10)) {
      await crew.handle({ step: 'publish', effectId: id });
    }
    await crew.settle();
    expect((await crew.records(task)).task.state).toBe('done');
  });
});

describe('a secret that a repair took out again', () => {
  it('does not leave in the commits before it: they are made as one', async () => {
    await crew.end();
    crew = await testCrew({
      roles: FULL_CREW,
      working: { redact: async (text) => text.replaceAll('hunter2-token', '[redacted]') },
    });
    crew.agents.set('plan', async () => ({ kind: 'plan', answer: PLAN }));
    crew.agents.set('S1', async () => patch(fileDiff('key.txt', 'hunter2-token')));

    const records = await settled();

    const integration = integrationOf(records);
    expect(records.task.state).toBe('done');
    expect(integration?.patches.length).toBeGreaterThan(1);
    expect(integration?.asOne?.message).toMatch(/^Crew-Task: /m);
    expect(bodyOf(records)).toContain('pushed as one');
  });

  it('is no reason where there was none', async () => {
    expect(integrationOf(await settled())?.asOne).toBeNull();
  });
});

describe('what Security finds in the whole', () => {
  it('goes back when it is serious, and is read again', async () => {
    const jobs: AgentJob[] = [];
    crew.agents.set('audit', async () => audit([leak]));
    crew.agents.set('fix-1', async (job) => {
      jobs.push(job);
      return patch('mended');
    });

    const records = await settled();

    expect(records.task).toMatchObject({ state: 'done', reason: null });
    expect(jobs[0]?.repair).toEqual({ runs: [], refusals: [], findings: [leak] });
    expect(crew.diary.filter((line) => line.startsWith('+audit'))).toEqual(['+audit', '+audit-2']);
    expect(bodyOf(records)).toContain('Security read the whole change and found nothing.');
  });

  it('counts with the checks, and what is left stands in the pull request', async () => {
    for (const key of ['audit', 'audit-2', 'audit-3']) crew.agents.set(key, async () => audit([leak]));

    const records = await settled();

    expect(crew.diary.filter((line) => line.startsWith('+audit'))).toEqual([
      '+audit',
      '+audit-2',
      '+audit-3',
    ]);
    expect(bodyOf(records)).toContain('**high**: The token is logged (`server/api.js:3`)');
    expect(records.effects.at(-1)?.action).toMatchObject({ kind: 'add_labels' });
  });

  it('does not go back when it is of little weight', async () => {
    crew.agents.set('audit', async () => audit([{ ...leak, severity: 'low' }]));

    const records = await settled();

    expect(crew.diary.filter((line) => line.startsWith('+fix'))).toEqual([]);
    expect(records.task.reason).toBeNull();
    expect(bodyOf(records)).toContain('**low**: The token is logged');
  });

  it('is not missed in silence when it cannot be read', async () => {
    const failure = { kind: 'failed', cause: 'model_refused', message: 'No.' } as const;
    crew.agents.set('audit', async () => failure);
    crew.checkouts.folders.clear();

    const records = await settled();

    expect(records.task.state).toBe('done');
    expect(bodyOf(records)).toContain('nobody has looked at it for weaknesses: No.');
    expect(effectsOf(records)).toEqual(['push_branch', 'open_pull_request']);
  });
});
