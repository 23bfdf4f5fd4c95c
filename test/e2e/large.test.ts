// Pull requests of a size that GitHub itself gives up on: the whole review of them, by `crew review` as a process of its own,
// within its limits, with an account of every file, and in bounded memory.
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RunningModel, startModel } from '../../demo/model/start-model.ts';
import { type ReviewReport, reviewReportSchema } from '../../src/cli/review-report.ts';
import { parseConfig } from '../../src/config.ts';
import {
  FILE_MAX_CHARS,
  GROUP_MAX_CHARS,
  GROUP_MAX_FILES,
  GROUPS_MAX,
} from '../../src/core/review/file-groups.ts';
import { createLog, openLocalCrew, readRange } from '../../src/wire.ts';
import { startCrewProcess } from '../support/crew-process.ts';
import { testDatabase } from '../support/database.ts';
import { commitFiles, filesShown, LONG_LINES, MANY_FILES, manyFiles, stepsOf } from './large-pulls.ts';

const TIMEOUT_MS = 300_000;
const MEMORY_MAX_MB = 512;
const APPROVE = { '.github/crew.yml': 'review:\n  approve: true\n' };

let model: RunningModel;
let dir: string;
let repo: string;
beforeEach(async () => {
  model = await startModel({ conversationsDir: join(import.meta.dirname, 'conversations') });
  dir = await mkdtemp(join(tmpdir(), 'crew-large-'));
  repo = join(dir, 'clone');
  await mkdir(repo);
});
afterEach(async () => {
  await model.close();
  await rm(dir, { recursive: true, force: true });
});

// The memory of a process is read from /proc.
describe.skipIf(process.platform !== 'linux')('a large pull request', { timeout: TIMEOUT_MS }, () => {
  it('of 3,000 files is read in groups up to the limit, and every file is accounted for', async () => {
    await commitFiles(repo, 'One', { ...manyFiles('before'), ...APPROVE });
    await commitFiles(repo, 'Change everything', manyFiles('what comes after'));

    const { report, peakMb } = await review();

    const shown = expectWithinLimits();
    expect(shown.size).toBe(GROUPS_MAX);
    const read = new Set([...shown.values()].flat());
    expect(report.coverage.map(({ path }) => path).sort()).toEqual(Object.keys(manyFiles('')).sort());
    for (const { path, read: how, reason } of report.coverage) {
      if (read.has(path)) expect([path, how, reason]).toEqual([path, 'full', null]);
      else expect([path, how, reason]).toEqual([path, 'skipped', whyNot(path)]);
    }
    expect(report.coverage).toHaveLength(MANY_FILES);
    const lastFile = shown.get(GROUPS_MAX)?.at(-1);
    expect(report.findings).toMatchObject([
      {
        path: lastFile,
        line: 9,
        published: 'inline',
        quote: "export const step8 = 'what comes after, step 8';",
      },
    ]);
    expect(report).toMatchObject({ state: 'done', reason: null, failed_reviewers: [] });
    expect(peakMb).toBeLessThan(MEMORY_MAX_MB);
  });

  it('with a file of 20,000 lines is shown its beginning, says so, and may have findings at its end', async () => {
    await commitFiles(repo, 'One', longFile('before'));
    await commitFiles(repo, 'Break the end', longFile('what comes after'));

    const { report, peakMb } = await review();

    expect([...expectWithinLimits()]).toEqual([[1, ['src/long.ts', 'src/small.ts']]]);
    expect(report.coverage).toEqual([
      { path: 'src/long.ts', read: 'part', reason: expect.stringContaining('only its beginning is read') },
      { path: 'src/small.ts', read: 'full', reason: null },
    ]);
    expect(report.findings).toMatchObject([
      {
        path: 'src/long.ts',
        line: 19_990,
        published: 'inline',
        quote: expect.stringContaining('step 19989'),
      },
    ]);
    expect(report).toMatchObject({ state: 'done', reason: null, failed_reviewers: [] });
    expect(peakMb).toBeLessThan(MEMORY_MAX_MB);
  });

  it('is not approved for what was read of it, as a small one is', async () => {
    await commitFiles(repo, 'One', { ...longFile('before'), ...APPROVE });
    await commitFiles(repo, 'Change a little', { 'src/small.ts': stepsOf(2, 'after') });
    await commitFiles(repo, 'Change much', { 'src/long.ts': stepsOf(LONG_LINES, 'what comes after') });

    expect(await eventsOf('HEAD~2', 'HEAD~1')).toEqual(['APPROVE']);
    expect(await eventsOf('HEAD~1', 'HEAD')).toEqual([]);
  });
});

function longFile(text: string) {
  return { 'src/long.ts': stepsOf(LONG_LINES, text), 'src/small.ts': stepsOf(3, text) };
}

function whyNot(path: string): string {
  const kinds = {
    dist: 'generated',
    vendor: 'vendored',
    'package-lock.json': 'lock file',
    'logo.png': 'binary',
  };
  const known = Object.entries(kinds).find(([top]) => path.split('/')[0] === top);
  return known?.[1] ?? 'over the limit of what one review reads';
}

/** What the reviewers were shown, by group. */
function expectWithinLimits(): ReadonlyMap<number, readonly string[]> {
  const groups = new Map<number, readonly string[]>();
  for (const request of model.requests()) {
    const files = filesShown(request);
    const paths = files.map(({ path }) => path);
    const group = Number(/-(\d+)$/.exec(request.subtask ?? '')?.[1] ?? 1);
    expect(request.status).toBe(200);
    expect(files.length).toBeLessThanOrEqual(GROUP_MAX_FILES);
    expect(files.reduce((sum, { chars }) => sum + chars, 0)).toBeLessThanOrEqual(GROUP_MAX_CHARS);
    expect(Math.max(...files.map(({ chars }) => chars))).toBeLessThanOrEqual(FILE_MAX_CHARS);
    expect(groups.get(group) ?? paths).toEqual(paths);
    groups.set(group, paths);
  }
  const all = [...groups.values()].flat();
  expect(new Set(all).size).toBe(all.length);
  return groups;
}

/** Of the newest commit; with all that a worker holds besides: the embedder is loaded as where there are memories. */
async function review(): Promise<{ readonly report: ReviewReport; readonly peakMb: number }> {
  const [json, peak] = [join(dir, 'review.json'), join(dir, 'peak')];
  const preload = new URL('./write-peak.ts', import.meta.url);
  preload.search = String(new URLSearchParams({ file: peak }));
  const crew = startCrewProcess(
    'src/crew.js',
    ['review', '--repo', repo, '--base', 'HEAD~1', '--json', json],
    {
      ...settings(),
      NODE_OPTIONS: `--import=${preload.href}`,
    },
  );
  expect(await crew.ended, crew.stderr()).toBe(0);
  const report = reviewReportSchema.parse(JSON.parse(await readFile(json, 'utf8')));
  return { report, peakMb: Number(await readFile(peak, 'utf8')) };
}

/** The events of the reviews that would be published. */
async function eventsOf(base: string, head: string): Promise<readonly string[]> {
  const database = await testDatabase({ empty: true });
  const config = parseConfig({ ...settings(), DATABASE_URL: database.url, LOG_LEVEL: 'error' }, false);
  const signal = new AbortController().signal;
  const stagingDir = await mkdtemp(join(dir, 'staging-'));
  const range = await readRange({ dir: repo, base, head, stagingDir, path: config.path, signal });
  const crew = await openLocalCrew(config, createLog(config));
  try {
    const { records } = await crew.review({
      range,
      signal,
      onProblem: (problem) => expect(problem).toBe(''),
    });
    expect(records.task.state).toBe('done');
    return records.effects.flatMap(({ action }) => (action.kind === 'review' ? [action.event] : []));
  } finally {
    await crew.close();
    await database.drop();
  }
}

function settings() {
  return {
    PATH: process.env.PATH ?? '',
    ANTHROPIC_API_KEY: 'key-of-the-scripted-model',
    ANTHROPIC_BASE_URL: model.url,
    CREW_SANDBOX: 'off',
    TMPDIR: dir,
  };
}
