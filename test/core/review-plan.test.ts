import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TaskConfig } from '../../src/core/request-records.ts';
import type { SurveyedFile } from '../../src/core/result-records.ts';
import {
  FILE_MAX_CHARS,
  GROUP_MAX_CHARS,
  GROUP_MAX_FILES,
  GROUPS_MAX,
} from '../../src/core/review/file-groups.ts';
import type { EarlierReading, ReadingPlan } from '../../src/core/review/review-plan.ts';
import { carriedSince, planReading, settingsFor } from '../../src/core/review/review-plan.ts';
import type { DirectoryRules } from '../../src/core/review/review-records.ts';
import type { Role } from '../../src/core/roles.ts';
import { config, surveyedFile } from '../support/records.ts';
import { ROLES } from './steps.ts';

const HEAD = 'd'.repeat(40);

function planned(
  files: readonly SurveyedFile[],
  change: {
    readonly roles?: readonly Role[];
    readonly config?: Partial<TaskConfig>;
    readonly directories?: readonly DirectoryRules[];
    readonly earlier?: EarlierReading | null;
  } = {},
): ReadingPlan {
  const { roles = ROLES, directories = [], earlier = null } = change;
  return planReading({ files, roles, config: { ...config, ...change.config }, directories, earlier });
}

function rules(dir: string, change: Partial<DirectoryRules>): DirectoryRules {
  return { dir, severity: null, maxComments: null, paths: null, pathInstructions: null, ...change };
}

const readingOf = (plan: ReadingPlan, files: readonly SurveyedFile[]): EarlierReading => ({
  files,
  manifest: plan.manifest,
  headSha: HEAD,
});

const text = fc.constantFrom('a', 'b', 'lib', 'é', 'dist', 'vendor', 'x.js', 'yarn.lock', 'a[1]', '..', '\\');
const path = fc.array(text, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('/'));
const files = fc.uniqueArray(
  fc
    .record({
      path,
      binary: fc.boolean(),
      chars: fc.oneof(fc.nat(300_000), fc.constant(null), fc.nat(2_000)),
    })
    .map(({ path: at, ...change }) => surveyedFile(at, change)),
  { selector: (file) => file.path, maxLength: 60 },
);

function expectWhole(plan: ReadingPlan, of: readonly SurveyedFile[]): void {
  expect(plan.manifest.map((entry) => entry.path)).toEqual(of.map((file) => file.path));
  const now = plan.manifest.filter((entry) => entry.read !== 'skipped' && carriedSince(entry) === null);
  const grouped = plan.groups.flatMap((group) => group.paths);
  expect([...grouped].sort()).toEqual(now.map((entry) => entry.path).sort());
  expect(new Set(grouped).size).toBe(grouped.length);
  for (const entry of plan.manifest) if (entry.read !== 'full') expect(entry.reason).not.toBeNull();
}

function expectWithinLimits({ groups }: ReadingPlan, of: readonly SurveyedFile[]): void {
  const chars = new Map(of.map((file) => [file.path, Math.min(file.chars ?? 0, FILE_MAX_CHARS)]));
  expect(groups.length).toBeLessThanOrEqual(GROUPS_MAX);
  expect(groups.map((group) => group.index)).toEqual(groups.map((_, at) => at + 1));
  for (const { paths, reviewers } of groups) {
    expect(reviewers.length).toBeGreaterThan(0);
    expect(paths.length).toBeLessThanOrEqual(GROUP_MAX_FILES);
    expect(paths.reduce((sum, one) => sum + (chars.get(one) ?? 0), 0)).toBeLessThanOrEqual(GROUP_MAX_CHARS);
  }
}

describe('every changed file', () => {
  it('is in the manifest once, and in exactly one group when it is read now, within all limits', () => {
    fc.assert(
      fc.property(files, fc.subarray([...ROLES]), (changed, roles) => {
        const plan = planned(changed, { roles });

        expectWhole(plan, changed);
        expectWithinLimits(plan, changed);
      }),
    );
  });

  it('has its place whatever an earlier review read, and is read again only when it changed or was not read', () => {
    fc.assert(
      fc.property(files, fc.array(fc.boolean(), { minLength: 60, maxLength: 60 }), (changed, touched) => {
        const first = planned(changed);
        const second = changed.map((file, at) =>
          touched[at] ? { ...file, digest: `${at}`.repeat(8) } : file,
        );

        const plan = planned(second, { earlier: readingOf(first, changed) });

        expectWhole(plan, second);
        for (const [at, entry] of plan.manifest.entries()) {
          const then = first.manifest[at];
          const carried = touched[at] !== true && then !== undefined && then.read !== 'skipped';
          expect(carriedSince(entry)).toBe(carried ? HEAD.slice(0, 7) : null);
          if (carried) expect(entry.read).toBe(then.read);
        }
      }),
    );
  });

  it('gets the same place however the files are ordered', () => {
    fc.assert(
      fc.property(files, (changed) => {
        expect(planned([...changed].reverse()).groups).toEqual(planned(changed).groups);
      }),
    );
  });
});

describe('a large pull request', () => {
  it('of 3,000 files is read in groups within the limits', () => {
    const changed = Array.from({ length: 3_000 }, (_, at) =>
      surveyedFile(`server/part${at % 40}/file${at}.js`, { chars: 100 }),
    );

    const plan = planned(changed);

    expectWhole(plan, changed);
    expectWithinLimits(plan, changed);
    expect(plan.groups).toHaveLength(3_000 / GROUP_MAX_FILES);
    expect(plan.manifest.every((entry) => entry.read === 'full')).toBe(true);
  });

  it('over what one review reads says of the rest that it was not read', () => {
    const changed = Array.from({ length: 3_000 }, (_, at) =>
      surveyedFile(`server/part${at % 40}/file${at}.js`, { chars: 6_000 }),
    );

    const plan = planned(changed);

    expectWithinLimits(plan, changed);
    const read = (how: string) => plan.manifest.filter((entry) => entry.read === how);
    expect(read('full')).toHaveLength((GROUPS_MAX * GROUP_MAX_CHARS) / 6_000);
    expect(new Set(read('skipped').map((entry) => entry.reason))).toEqual(
      new Set(['over the limit of what one review reads']),
    );
  });

  it('with one file of 20,000 lines reads the beginning of that file, and the others whole', () => {
    const changed = [surveyedFile('server/long.js', { chars: 20_000 * 50 }), surveyedFile('server/short.js')];

    expect(planned(changed)).toEqual({
      manifest: [
        {
          path: 'server/long.js',
          read: 'part',
          reason: 'over 120,000 characters: only its beginning is read',
        },
        { path: 'server/short.js', read: 'full', reason: null },
      ],
      groups: [{ index: 1, paths: ['server/long.js', 'server/short.js'], reviewers: ['backend'] }],
    });
  });

  it('keeps the files of a folder together', () => {
    const chars = 100_000;
    const changed = ['web/b.js', 'server/a/1.js', 'web/a.js', 'server/a.js', 'server/a/2.js'].map((at) =>
      surveyedFile(at, { chars }),
    );

    expect(planned(changed).groups.map((group) => group.paths)).toEqual([
      ['server/a.js', 'server/a/1.js'],
      ['server/a/2.js', 'web/a.js'],
      ['web/b.js'],
    ]);
  });
});

describe('a file is left out, with the reason', () => {
  it.each([
    [surveyedFile('server/logo.png', { binary: true }), 'binary'],
    [surveyedFile('server/package-lock.json'), 'lock file'],
    [surveyedFile('lib/parser', { submodule: true }), 'submodule: its commits are elsewhere'],
    [surveyedFile('server/vendor/x.js'), 'vendored'],
    [surveyedFile('server/dist/x.js'), 'generated'],
    [surveyedFile('server/x.js', { chars: null }), 'too large to be read'],
    [surveyedFile('server/private/x.js'), 'left out by the paths in the configuration'],
  ])('%o', (file, reason) => {
    const plan = planned([file], { config: { paths: ['!server/private/**'] } });

    expect(plan).toEqual({ manifest: [{ path: file.path, read: 'skipped', reason }], groups: [] });
  });

  it('when no specialist is enabled who reviews it', () => {
    const plan = planned([surveyedFile('LICENSE'), surveyedFile('server/a.js')], {
      config: { roles: ['frontend'] },
    });

    expect(plan.groups).toEqual([]);
    expect(plan.manifest.map((entry) => entry.reason)).toEqual([
      'no specialist that is enabled here reviews it',
      'no specialist that is enabled here reviews it',
    ]);
  });
});

describe('who reads a group', () => {
  const large = { chars: 120_000 };
  const spread = ['db/a.sql', 'db/b.sql', 'server/a.js', 'web/a.js'].map((at) => surveyedFile(at, large));

  it('are the specialists of its files, and the Architect in every group when the whole spans three areas', () => {
    expect(planned(spread).groups.map((group) => group.reviewers)).toEqual([
      ['database', 'architect'],
      ['backend', 'frontend', 'architect'],
    ]);
    expect(planned(spread.slice(0, 3)).groups.map((group) => group.reviewers)).toEqual([
      ['database'],
      ['backend'],
    ]);
  });

  it('is the Architect alone where nobody owns a file', () => {
    expect(planned([surveyedFile('LICENSE')]).groups[0]?.reviewers).toEqual(['architect']);
  });
});

describe('what an earlier review read', () => {
  const changed = [surveyedFile('server/a.js'), surveyedFile('server/long.js', { chars: 500_000 })];

  it('is carried on with the commit at which it was read, from review to review', () => {
    const earlier = readingOf(planned(changed), changed);
    const second = planned(changed, { earlier });

    expect(second).toEqual({
      manifest: [
        { path: 'server/a.js', read: 'full', reason: 'unchanged since ddddddd' },
        {
          path: 'server/long.js',
          read: 'part',
          reason: 'over 120,000 characters: only its beginning is read, unchanged since ddddddd',
        },
      ],
      groups: [],
    });
    const third = planned(changed, { earlier: { ...readingOf(second, changed), headSha: 'e'.repeat(40) } });
    expect(third).toEqual(second);
  });

  it('is read now where there was no room for it then', () => {
    const earlier = readingOf(planned(changed), changed);
    const left = {
      path: 'server/a.js',
      read: 'skipped',
      reason: 'over the limit of what one review reads',
    } as const;

    const plan = planned(changed, {
      earlier: { ...earlier, manifest: [left, ...earlier.manifest.slice(1)] },
    });

    expect(plan.manifest[0]).toEqual({ path: 'server/a.js', read: 'full', reason: null });
    expect(plan.groups.map(({ paths }) => paths)).toEqual([['server/a.js']]);
  });

  it('is not carried on when the configuration leaves the file out now', () => {
    const plan = planned(changed, {
      earlier: readingOf(planned(changed), changed),
      config: { paths: ['!**/a.js'] },
    });

    expect(plan.manifest[0]).toMatchObject({ read: 'skipped' });
  });
});

describe('what holds for a path', () => {
  const directories = [
    rules('server/pay', { severity: 'low', paths: ['!legacy/**'] }),
    rules('server', {
      severity: 'high',
      maxComments: 2,
      paths: ['pay/**', 'api/*.js'],
      pathInstructions: [{ path: 'api/**', instructions: 'Check the limits.' }],
    }),
  ];
  const ofRepository = {
    ...config,
    paths: ['**/*.js'],
    pathInstructions: [{ path: '**/*.js', instructions: 'Mind the browser.' }],
  };
  const at = (where: string) => settingsFor(where, ofRepository, directories);

  it('is what the nearest directory says, key by key, with globs relative to it', () => {
    expect(at('web/a.js')).toEqual({
      severity: 'medium',
      maxComments: 8,
      included: true,
      instructions: [{ path: '**/*.js', instructions: 'Mind the browser.' }],
    });
    expect(at('server/api/a.js')).toEqual({
      severity: 'high',
      maxComments: 2,
      included: true,
      instructions: [{ path: 'server/api/**', instructions: 'Check the limits.' }],
    });
    expect(at('server/pay/a.sql')).toEqual({
      severity: 'low',
      maxComments: 2,
      included: true,
      instructions: [],
    });
  });

  it('lets a directory’s list of paths take the place of its parent’s', () => {
    expect(at('server/other/a.js').included).toBe(false);
    expect(at('server/pay/legacy/a.js').included).toBe(false);
    expect(at('server/pay/a.js').included).toBe(true);
    expect(at('server-tools/a.js').severity).toBe('medium');
  });

  it('stands although a pattern is empty', () => {
    expect(settingsFor('a.js', { ...config, paths: ['!', ''] }, []).included).toBe(false);
  });
});
