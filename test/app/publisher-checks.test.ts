import { describe, expect, it } from 'vitest';
import type { EffectAction } from '../../src/core/effect-records.ts';
import { HEAD_SHA } from './publisher-parts.ts';
import { REPO, stubbedGitHub } from './stubbed-github.ts';

const github = stubbedGitHub();
const { stub, bodies, publisherFor } = github;
const url = (id: number) => `https://github.test/${id}`;

describe('a check run', () => {
  const action = (
    change: Partial<EffectAction & { kind: 'check_run' }> = {},
  ): EffectAction & { kind: 'check_run' } => ({
    kind: 'check_run',
    name: 'crew',
    headSha: HEAD_SHA,
    status: 'in_progress',
    conclusion: null,
    title: 'Reading',
    summary: 'Four specialists read.',
    annotations: [],
    ...change,
  });
  const annotations = (count: number) =>
    Array.from({ length: count }, (_, index) => ({
      path: 'a.ts',
      startLine: index + 1,
      endLine: index + 1,
      level: 'warning' as const,
      title: 'T',
      message: 'M',
    }));
  const run = (effectId: string, annotations_count: number, status = 'in_progress') => ({
    id: 31,
    html_url: url(31),
    external_id: effectId,
    head_sha: HEAD_SHA,
    name: 'crew',
    status,
    conclusion: status === 'completed' ? 'success' : null,
    output: { title: 'Reading', summary: 'Four specialists read.', annotations_count },
  });
  const counts = (method: string) =>
    bodies(method).map(
      (body) => (body as { output: { annotations?: unknown[] } }).output.annotations?.length,
    );

  it('is made once and updated for each newer revision', async () => {
    stub()
      .post(`${REPO}/check-runs`)
      .reply(201, { id: 31, html_url: url(31) });
    stub()
      .patch(`${REPO}/check-runs/31`)
      .reply(200, { id: 31, html_url: url(31) });
    const { publish, ledger } = publisherFor(action());

    await publish();
    ledger.revise(action({ status: 'completed', conclusion: 'success', title: 'Done' }));
    await publish();

    expect(bodies('POST')[0]).toMatchObject({
      name: 'crew',
      head_sha: HEAD_SHA,
      external_id: ledger.effect().id,
      status: 'in_progress',
    });
    expect(bodies('PATCH')[0]).toMatchObject({
      status: 'completed',
      conclusion: 'success',
      output: { title: 'Done' },
    });
  });

  it('takes its annotations fifty at a time', async () => {
    stub().post(`${REPO}/check-runs`).reply(201, { id: 31 });
    stub().patch(`${REPO}/check-runs/31`).times(2).reply(200, { id: 31 });
    const { publish, ledger } = publisherFor(action({ annotations: annotations(120) }));

    await publish();

    expect([counts('POST'), counts('PATCH')]).toEqual([[50], [50, 20]]);
    expect(ledger.effect().state).toBe('done');
  });

  it('that was left half annotated is found by its external id and given only what it lacks', async () => {
    stub().post(`${REPO}/check-runs`).reply(201, { id: 31 });
    stub().patch(`${REPO}/check-runs/31`).reply(502, 'bad gateway');
    const { publish, ledger } = publisherFor(action({ annotations: annotations(60) }));
    await publish();
    const standing = run(ledger.effect().id, 50);
    stub()
      .get(`${REPO}/commits/${HEAD_SHA}/check-runs`)
      .query({ check_name: 'crew', app_id: 42, filter: 'all', per_page: 100 })
      .times(2)
      .reply(200, { total_count: 2, check_runs: [run('another', 0), standing] });
    stub().get(`${REPO}/check-runs/31`).reply(200, standing);
    stub().patch(`${REPO}/check-runs/31`).reply(200, { id: 31 });

    await publish();

    expect(ledger.failures).toMatchObject([{ sent: 'maybe' }]);
    expect([counts('POST'), counts('PATCH')]).toEqual([[50], [10, 10]]);
    expect(ledger.effect()).toMatchObject({ state: 'done', outcome: { externalId: 31 } });
  });

  it('states the cut of a summary that is too long', async () => {
    stub().post(`${REPO}/check-runs`).reply(201, { id: 31 });
    const { publish } = publisherFor(action({ summary: 'x'.repeat(70_000) }));

    await publish();

    const { summary } = (bodies('POST')[0] as { output: { summary: string } }).output;
    expect(summary).toHaveLength(65_535);
    expect(summary).toContain('Cut here: 70000 characters were written');
  });
});
