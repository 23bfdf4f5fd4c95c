import { expect, it } from 'vitest';
import { pullRequestBody } from '../../src/core/messages/pull-request.ts';
import { nextSteps } from '../../src/core/next-steps.ts';
import type { ImplementRequest } from '../../src/core/request-records.ts';
import type { LeftOut, Outcome } from '../../src/core/result-records.ts';
import { checks, implementTask, plan, planAnswer, recordsOf, result, subtask } from '../support/records.ts';

const workflow = { path: '.github/workflows/ci.yml', reason: 'the App may not change workflows' };
const answer = planAnswer([{ role: 'devops' }]);
const CHECKS = checks({ headSha: 'a'.repeat(40) });
const drafted = subtask({ key: 'plan', kind: 'plan', role: 'strategist', state: 'done' });
const work = subtask({ key: 'S1', kind: 'work', role: 'devops', state: 'done' });
const verify = subtask({ key: 'verify', kind: 'verify', role: 'qa', state: 'done' });

function recordsWith(leftOut: readonly LeftOut[], notDone: string[] = []) {
  const patch: Outcome = {
    kind: 'patch',
    answer: { summary: 'Done.', decisions: [], checks: [], not_done: notDone },
    patch: '',
    baseSha: 'a'.repeat(40),
    leftOut,
    sandbox: 'on',
  };
  return recordsOf(implementTask({ state: 'verifying' }), {
    plan: plan(answer, { state: 'approved' }),
    subtasks: [drafted, work, verify],
    results: [result(drafted, { kind: 'plan', answer }), result(work, patch), result(verify, CHECKS)],
  });
}

it('a pull request names the changes that were left out beside what the agents say they left', () => {
  const hostile = { path: '</details>`x`\nCloses #3', reason: 'it is a submodule' };
  const records = recordsWith([workflow, hostile], ['an index']);

  const body = pullRequestBody(records, implementTask().request as ImplementRequest, CHECKS);

  expect(body.split(/## |\n\n<details>/).find((section) => section.startsWith('What was not done'))).toBe(
    [
      'What was not done\n',
      '- an index (devops)',
      '- .github/workflows/ci.yml was left out: the App may not change workflows (devops)',
      '- \\</details\\>\\`x\\` Closes issue \\#3 was left out: it is a submodule (devops)',
    ].join('\n'),
  );
});

it('a task of which nothing could be kept ends with what was left out, and does not say that all is well', () => {
  const context = { now: new Date(), roles: [], mostCostUsd: () => 0 };
  const many = Array.from({ length: 7 }, () => workflow);

  expect(nextSteps(recordsWith(many), context)).toMatchObject([
    {
      kind: 'move',
      to: 'done',
      reason: expect.stringMatching(/^Nothing .*ci\.yml was left out: the App may not .*And 2 more\. Make/),
    },
  ]);
  expect(nextSteps(recordsWith([]), context)).toMatchObject([
    { kind: 'move', to: 'done', reason: 'The crew found that no change is needed.' },
  ]);
});
