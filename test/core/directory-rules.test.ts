import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDirectoryRules } from '../../src/core/directory-rules.ts';

const NO_KEYS = 'is not a list of `key: value` lines';

const nothing = { severity: null, maxComments: null, paths: null, pathInstructions: null };

describe('.crew.yml of a directory', () => {
  it('may be missing, or set nothing', () => {
    for (const text of [null, '', 'review:\n', 'review: {}'])
      expect(parseDirectoryRules(text, 'web')).toEqual({ rules: null, problems: [] });
  });

  it('sets what holds below it, and leaves everything else as it is in the repository', () => {
    const text =
      'review:\n  severity: high\n  paths: ["!*.snap"]\n  path_instructions:\n    - path: "**/*.sql"\n      instructions: Mind the locks.\n';

    expect(parseDirectoryRules(text, 'web/app/')).toEqual({
      rules: {
        dir: 'web/app',
        severity: 'high',
        maxComments: null,
        paths: ['!*.snap'],
        pathInstructions: [{ path: '**/*.sql', instructions: 'Mind the locks.' }],
      },
      problems: [],
    });
    expect(parseDirectoryRules('review:\n  max_comments: 3', 'web').rules).toEqual({
      ...nothing,
      dir: 'web',
      maxComments: 3,
    });
  });

  it.each([
    ['approval: auto', { key: 'approval', line: 1 }],
    ['budget:\n  per_task_usd: 3', { key: 'budget', line: 1 }],
    ['review:\n  severity: low\n  auto: false', { key: 'review.auto', line: 3 }],
    ['review:\n  fail_on: high', { key: 'review.fail_on', line: 2 }],
  ])('says of %j that it belongs into the repository’s file', (text, place) => {
    expect(parseDirectoryRules(text, 'web').problems).toEqual([
      { ...place, message: 'holds for the whole pull request', remedy: 'move it to .github/crew.yml' },
    ]);
  });

  it.each([
    ['reviwe:\n  severity: low', { key: 'reviwe', remedy: 'did you mean review?' }],
    ['review:\n  severit: low', { key: 'review.severit', remedy: 'did you mean severity?' }],
    ['__proto__: 3', { key: '__proto__', message: 'is not a key of this file' }],
    [
      'review:\n  severity: awful',
      { key: 'review.severity', remedy: expect.stringMatching(/the repository's own settings apply\.$/) },
    ],
    ['review: !!set {severity}', { key: 'review', line: 1, message: NO_KEYS }],
    ['review: [', { key: '', remedy: "mend the YAML: until then the repository's own settings apply" }],
  ])('reports %j and sets nothing by it', (text, problem) => {
    expect(parseDirectoryRules(text, 'web')).toMatchObject({ rules: null, problems: [problem] });
  });

  it('keeps what is right beside what is wrong', () => {
    const { rules, problems } = parseDirectoryRules('review:\n  severity: 7\n  max_comments: 2\n', 'web');

    expect(rules).toEqual({ ...nothing, dir: 'web', maxComments: 2 });
    expect(problems).toHaveLength(1);
  });

  it('never throws, whatever the text', () => {
    const lines = fc.array(
      fc.oneof(fc.string(), fc.constantFrom('review:', '  severity: 1', '  paths: [a]', '- x', '? y')),
    );

    fc.assert(fc.property(lines, (given) => void parseDirectoryRules(given.join('\n'), 'web')));
  });
});
