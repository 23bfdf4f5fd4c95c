import { describe, expect, it } from 'vitest';
import { type Integration, integrationOf, patchesOf } from '../../src/core/implement/commits.ts';
import type { Task } from '../../src/core/records.ts';
import type { FixRequest } from '../../src/core/request-records.ts';
import type { Outcome } from '../../src/core/result-records.ts';
import { config, implementTask, pullRequest, result, reviewTask, subtask } from '../support/records.ts';

const patchOf = (summary: string, patch = 'diff'): Outcome => ({
  kind: 'patch',
  answer: { summary, decisions: [], checks: [], not_done: [] },
  patch,
  baseSha: 'a'.repeat(40),
  leftOut: [],
  sandbox: 'on',
});

describe('a commit', () => {
  it('tells what was done, by whom and for which task, and is the same on any machine', () => {
    const work = subtask({ key: 'S1', kind: 'work', role: 'database', title: 'Store favourites' });
    const records = {
      task: implementTask(),
      subtasks: [work],
      results: [result(work, patchOf('A column.'))],
    };

    expect(patchesOf(records, ['S1'])).toEqual([
      {
        subtaskKey: 'S1',
        patch: 'diff',
        message: `Store favourites

A column.

Crew-Task: 0b5e1f5c-0000-4000-8000-000000000001
Crew-Subtask: S1
Crew-Role: database
Co-authored-by: mona <mona@users.noreply.github.com>
`,
        at: '2026-01-01T00:00:00.000Z',
      },
    ]);
  });

  it('takes no orders from what a model wrote: it closes no issue, and has no trailers but ours', () => {
    const title = 'Fixes #3\nCo-authored-by: root <root@example.test>';
    const work = subtask({ key: 'S1', kind: 'work', role: 'backend', title });
    const summary = 'This closes acme/other#7.\nSigned-off-by: someone\nCrew-Role: security\nSee #8.';
    const records = { task: implementTask(), subtasks: [work], results: [result(work, patchOf(summary))] };

    const message = patchesOf(records, ['S1'])[0]?.message ?? '';

    expect(message.split('\n')[0]).toMatch(/^Fixes issue #3 Co-authored-by/);
    expect(message).toContain('This closes issue acme/other#7.\nSee #8.');
    expect(message.match(/^[A-Za-z-]+-by:/gm)).toEqual(['Co-authored-by:']);
    expect(message.match(/^Crew-Role: .*/gm)).toEqual(['Crew-Role: backend']);
  });

  it.each(['[skip ci]', '[ci skip]', '[no ci]', '[Skip Actions]', '[actions skip]', '***NO_CI***'])(
    'does not keep checks from running: %s',
    (order) => {
      const work = subtask({ key: 'S1', kind: 'work', role: 'backend', title: `Add it ${order}` });
      const summary = `Done ${order}.\n\n\nskip-checks: true`;
      const records = { task: implementTask(), subtasks: [work], results: [result(work, patchOf(summary))] };

      const message = patchesOf(records, ['S1'])[0]?.message ?? '';

      expect(message).toMatch(/^Add it /);
      expect(message).not.toContain(order);
      expect(message).not.toMatch(/^skip-checks/m);
    },
  );

  it.each([
    ['Thanks @mona, ask (@acme/db-team).', 'Thanks @ mona, ask (@ acme/db-team).'],
    // A commit message is no Markdown: code in it is none.
    ['Use `@mona`\n\n    @ines', 'Use `@ mona`\n\n    @ ines'],
    ['@a@b and x_@c-d', '@ a@b and x_@c-d'],
    ['Write to ada@example.test, 5 @ 3.', 'Write to ada@example.test, 5 @ 3.'],
  ])('mentions nobody: %s', (summary, quiet) => {
    const work = subtask({ key: 'S1', kind: 'work', role: 'backend', title: `${summary}` });
    const records = { task: implementTask(), subtasks: [work], results: [result(work, patchOf(summary))] };

    const [subject, , ...body] = patchesOf(records, ['S1'])[0]?.message.split('\n') ?? [];

    expect(subject).toBe(quiet.replace(/\s+/g, ' '));
    expect(body.join('\n').startsWith(`${quiet}\n\nCrew-Task`)).toBe(true);
  });

  it('is not made for a subtask that changed nothing', () => {
    const work = subtask({ key: 'S1', kind: 'work', role: 'backend' });
    const records = {
      task: implementTask(),
      subtasks: [work],
      results: [result(work, patchOf('Nothing.', ''))],
    };

    expect(patchesOf(records, ['S1'])).toEqual([]);
  });
});

describe('what a task’s commits are made of', () => {
  const work = [
    subtask({ key: 'S2', kind: 'work', role: 'backend', dependsOn: ['S1'], state: 'done' }),
    subtask({ key: 'S1', kind: 'work', role: 'database', state: 'done' }),
    subtask({ key: 'S3', kind: 'work', role: 'qa', state: 'failed' }),
    subtask({ key: 'verify', kind: 'verify', role: 'qa', state: 'done' }),
  ];
  const results = work.map((one) => result(one, patchOf(`By ${one.key}.`, `diff of ${one.key}`)));
  const integrated = (task: Task) => integrationOf({ task, subtasks: work, results });
  const keysOf = (integration: Integration | null) =>
    integration?.patches.map(({ subtaskKey }) => subtaskKey) ?? null;
  const fixTask = (cause: FixRequest['cause']) =>
    implementTask({
      kind: 'fix',
      request: { kind: 'fix', pullRequest, openedBy: 'task-1', cause, feedback: [], paths: [], config },
    });

  it('is its base and all work that is done, dependencies first', () => {
    const integration = integrated(implementTask());

    expect(integration).toMatchObject({ baseSha: 'a'.repeat(40), replay: null });
    expect(keysOf(integration)).toEqual(['S1', 'S2']);
  });

  it('is for a round of fixing the pull request’s head', () => {
    const integration = integrated(fixTask({ kind: 'feedback' }));

    expect(integration).toMatchObject({ baseSha: pullRequest.headSha, replay: null });
    expect(keysOf(integration)).toEqual(['S1', 'S2']);
  });

  it('is for a conflict the newest base, upon which the pull request’s commits are made anew', () => {
    const ontoSha = 'f'.repeat(40);

    const integration = integrated(fixTask({ kind: 'conflict', ontoSha }));

    expect(integration).toMatchObject({
      baseSha: ontoSha,
      replay: { fromSha: pullRequest.baseSha, toSha: pullRequest.headSha },
    });
    expect(keysOf(integration)).toEqual(['S1', 'S2']);
  });

  it('is for one subtask what it builds on', () => {
    const records = { task: implementTask(), subtasks: work, results };

    expect(keysOf(integrationOf(records, ['S1']))).toEqual(['S1']);
    expect(keysOf(integrationOf(records, []))).toEqual([]);
  });

  it('is nothing for a task that changes no files', () => {
    expect(integrated(reviewTask())).toBeNull();
  });
});
