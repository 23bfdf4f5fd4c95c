import { describe, expect, it } from 'vitest';
import type { AmendAnswer, PlanAnswer } from '../../src/core/answers.ts';
import type { StepContext } from '../../src/core/next-steps/step.ts';
import { nextSteps } from '../../src/core/next-steps.ts';
import type { Plan, Subtask, Task } from '../../src/core/records.ts';
import type { ImplementRequest } from '../../src/core/request-records.ts';
import type { FailureCause, Outcome } from '../../src/core/result-records.ts';
import type { TaskRecords } from '../../src/core/store-ports.ts';
import { implementTask, plan, planAnswer, recordsOf, result, subtask } from '../support/records.ts';
import { context as plain } from './steps.ts';

/** The Architect may look at plans here. */
const context: StepContext = {
  ...plain,
  roles: plain.roles.map((role) => (role.name === 'architect' ? { ...role, produces: ['amend'] } : role)),
};
const wide = planAnswer([{ role: 'database' }, { role: 'backend', depends_on: ['S1'] }, { role: 'qa' }]);
const narrow = planAnswer([{ role: 'backend' }, { role: 'qa' }]);
const question: PlanAnswer = { ...planAnswer([]), decision: 'question', questions: ['Per shop?'] };

type Made = readonly [Subtask, Outcome | null];

const round = (key: string, answer: PlanAnswer | null): Made => [
  subtask({ key, kind: 'plan', role: 'strategist', state: answer === null ? 'running' : 'done' }),
  answer === null ? null : { kind: 'plan', answer },
];
const look = (key: string, of: string, answer: AmendAnswer): Made => [
  subtask({ key, kind: 'amend', role: 'architect', state: 'done', dependsOn: [of] }),
  { kind: 'amendment', answer },
];
const failedLook = (cause: FailureCause): Made => [
  subtask({ key: 'amend', kind: 'amend', role: 'architect', state: 'failed', dependsOn: ['plan'] }),
  { kind: 'failed', cause, message: 'It was too much.' },
];

function recordsWith(
  made: readonly Made[],
  change: {
    readonly state?: Task['state'];
    readonly request?: Partial<ImplementRequest>;
    readonly plan?: Plan;
  } = {},
): TaskRecords {
  const task = implementTask({ state: change.state ?? 'planning' });
  const request = { ...task.request, ...change.request } as ImplementRequest;
  return recordsOf(
    { ...task, request },
    {
      plan: change.plan ?? null,
      subtasks: made.map(([of]) => of),
      results: made.flatMap(([of, outcome]) => (outcome === null ? [] : [result(of, outcome)])),
    },
  );
}

describe('what the Strategist answers', () => {
  it('as a question has the task wait for a writer, and waits as long as it takes', () => {
    const made = [round('plan', question)];

    expect(nextSteps(recordsWith(made), context)).toEqual([
      { kind: 'move', to: 'awaiting_answer', reason: null },
    ]);
    expect(nextSteps(recordsWith(made, { state: 'awaiting_answer' }), context)).toEqual([]);
  });

  it('as "no change" ends the task with the reason and nothing on GitHub', () => {
    const none = { ...planAnswer([]), decision: 'no_change' as const, summary: 'server/api.js:3 sorts so.' };

    expect(nextSteps(recordsWith([round('plan', none)]), context)).toEqual([
      {
        kind: 'move',
        to: 'done',
        reason: 'Nothing has to be done, the Strategist found.\n\nserver/api.js:3 sorts so.',
      },
    ]);
  });

  it('counts from the newest round alone', () => {
    const asked = round('plan', question);
    const waiting = recordsWith([asked, round('plan-2', null)]);
    const planned = recordsWith([asked, round('plan-2', narrow)]);

    expect(nextSteps(waiting, context)).toEqual([]);
    expect(nextSteps(planned, context)).toMatchObject([{ kind: 'propose_plan', answer: narrow }]);
  });

  it('of a revision is proposed in place of the plan that was withdrawn', () => {
    const made = [round('plan', narrow), round('plan-2', planAnswer([{ role: 'database' }]))];
    const records = recordsWith(made, { plan: plan(narrow, { state: 'superseded' }) });

    expect(nextSteps(records, context)).toMatchObject([
      { kind: 'propose_plan', answer: { subtasks: [{ role: 'database' }] } },
    ]);
  });

  it('as a question in the tenth round ends the task, and says what to do', () => {
    const made = Array.from({ length: 10 }, (_, index) =>
      round(index === 0 ? 'plan' : `plan-${index + 1}`, question),
    );

    const [step] = nextSteps(recordsWith(made), context);

    expect(step).toMatchObject({ kind: 'move', to: 'failed' });
    expect(step).toMatchObject({
      reason: expect.stringMatching(/10 times[\s\S]*\/crew plan[\s\S]*- Per shop\?/),
    });
    expect(nextSteps(recordsWith(made.slice(1)), context)).toMatchObject([{ to: 'awaiting_answer' }]);
  });
});

describe('a plan that was asked for without approval', () => {
  const files = (...paths: readonly string[]) => planAnswer([{ files: [...paths] }]);

  it.each([
    ['is approved by whoever asked', files('server/api.js'), 'mona'],
    ['waits where it changes a protected file', files('server/api.js', '.github/workflows/ci.yml'), null],
    ['waits where it names that file in another spelling', files('./.github//workflows/ci.yml'), null],
    ['waits where it names the folder of protected files', files('.github/workflows/'), null],
    ['waits where it changes a lock file alone', files('package-lock.json'), null],
    ['is approved with a lock file beside its manifest', files('package-lock.json', 'package.json'), 'mona'],
  ])('%s', (_case, answer, approveAs) => {
    const records = recordsWith([round('plan', answer)], { request: { approval: 'auto' } });

    expect(nextSteps(records, context)).toMatchObject([{ kind: 'propose_plan', approveAs }]);
  });
});

describe('the Architect', () => {
  const agreed = { verdict: 'agree', reason: 'Both name the route.', plan: null } as const;
  const better = planAnswer([{ role: 'database' }, { role: 'backend', goal: 'Serve it in pages.' }]);

  it('is asked once about a plan that two trades work on, and the plan waits for that', () => {
    const made = [round('plan', wide)];
    const asked: Made = [
      subtask({ key: 'amend', kind: 'amend', role: 'architect', state: 'running', dependsOn: ['plan'] }),
      null,
    ];

    expect(nextSteps(recordsWith(made), context)).toMatchObject([
      {
        kind: 'add_subtasks',
        subtasks: [{ key: 'amend', kind: 'amend', role: 'architect', dependsOn: ['plan'] }],
      },
    ]);
    expect(nextSteps(recordsWith([...made, asked]), context)).toEqual([]);
  });

  it('is asked about each round by itself', () => {
    const made = [round('plan', wide), look('amend', 'plan', agreed), round('plan-2', wide)];

    expect(nextSteps(recordsWith(made), context)).toMatchObject([
      { kind: 'add_subtasks', subtasks: [{ key: 'amend-2', dependsOn: ['plan-2'] }] },
    ]);
  });

  it.each([
    ['one trade and its tests', narrow, {}, context],
    ['one specialist who alone was asked', planAnswer([{ role: 'backend' }]), { role: 'backend' }, context],
    [
      'a repository that has no Architect',
      wide,
      { config: { ...implementTask().request.config, roles: ['strategist', 'database', 'backend', 'qa'] } },
      context,
    ],
    ['an Architect who may not', wide, {}, plain],
  ])('is not asked for %s', (_case, answer, request, given) => {
    expect(nextSteps(recordsWith([round('plan', answer)], { request }), given)).toMatchObject([
      { kind: 'propose_plan', answer },
    ]);
  });

  it.each([
    ['agrees: the Strategist’s plan', agreed, wide],
    ['amends it: the plan as amended', { verdict: 'amend', reason: 'Pages.', plan: better }, better],
    [
      'amends it to what cannot be worked on: the Strategist’s plan',
      { verdict: 'amend', reason: 'Magic.', plan: planAnswer([{ role: 'wizard' }]) },
      wide,
    ],
  ] as const)('%s is proposed', (_case, answer, proposed) => {
    const records = recordsWith([round('plan', wide), look('amend', 'plan', answer)]);

    expect(nextSteps(records, context)).toMatchObject([{ kind: 'propose_plan', answer: proposed }]);
  });

  it('who fails leaves the Strategist’s plan to stand, but no budget and no stop is survived', () => {
    const endOf = (cause: FailureCause) =>
      nextSteps(recordsWith([round('plan', wide), failedLook(cause)]), context);

    expect(endOf('limit_reached')).toMatchObject([{ kind: 'propose_plan', answer: wide }]);
    expect(endOf('over_budget')).toMatchObject([{ kind: 'stop_subtasks' }, { to: 'over_budget' }]);
    expect(endOf('stopped')).toMatchObject([{ kind: 'stop_subtasks' }, { to: 'stopped' }]);
  });

  it('is not asked again by a retry once the plan was proposed, or about an earlier round', () => {
    const pending: Made = [
      subtask({ key: 'amend', kind: 'amend', role: 'architect', dependsOn: ['plan'] }),
      null,
    ];
    const made = [round('plan', wide), pending];
    const proposed = recordsWith(made, { state: 'awaiting_approval', plan: plan(wide) });
    const revised = recordsWith([...made, round('plan-2', question)], { state: 'awaiting_answer' });

    expect(nextSteps(proposed, context)).toEqual([]);
    expect(nextSteps(revised, context)).toEqual([]);
    expect(nextSteps(recordsWith(made), context)).toMatchObject([{ kind: 'start_subtasks' }]);
  });
});
