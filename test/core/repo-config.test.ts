import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { configKeys, PROTECTED_PATHS, parseRepoConfig, toTaskConfig } from '../../src/core/repo-config.ts';

const NO_KEYS = 'is not a list of `key: value` lines';

const crew = { roles: ['strategist', 'backend', 'frontend'], budgetUsd: 10 };
const defaults = parseRepoConfig(null, crew);

describe('.github/crew.yml', () => {
  it('may be missing: every value is the default and says so', () => {
    expect(defaults.problems).toEqual([]);
    expect(new Set(Object.values(defaults.sources))).toEqual(new Set(['default']));
    expect(Object.keys(defaults.sources)).toEqual(configKeys());
    expect(toTaskConfig(defaults.config)).toEqual({
      checks: [],
      reviewSeverity: 'medium',
      reviewMaxComments: 8,
      failOn: null,
      requestChanges: null,
      approve: false,
      paths: [],
      pathInstructions: [],
      maxSubtasks: 8,
      protectedPaths: PROTECTED_PATHS,
      commits: 'api',
      monthUsd: null,
      networkAllow: [],
      roles: crew.roles,
    });
  });

  it('opens the network to hosts that the operator permits, and says which it does not', () => {
    const permitting = { ...crew, networkAllow: ['packages.example.net', '*.example.org'] };
    const text =
      'network:\n  allow:\n    - Packages.Example.net\n    - files.example.org\n    - example.com\n';

    const { config, problems } = parseRepoConfig(text, permitting);

    expect(toTaskConfig(config).networkAllow).toEqual(['packages.example.net', 'files.example.org']);
    expect(problems).toMatchObject([
      { line: 5, key: 'network.allow', message: 'the operator of this crew does not permit "example.com"' },
    ]);
    expect(parseRepoConfig(text, crew).config.network.allow).toEqual([]);
    expect(parseRepoConfig('network:\n  allow: ["*.org"]\n', permitting).config.network.allow).toEqual([]);
  });

  it.each([
    'localhost',
    'db.localhost',
    'printer.local',
    'vault.internal',
    '127.0.0.1',
    '2130706433',
    '0x7f.1',
    '[::1]',
    'registry',
    '*',
    '*.com',
    'https://example.com',
    'example.com:8080',
    'example.com/path',
    'user@example.com',
    '-x.example.com',
    'a..example.com',
  ])('takes %s for no host, whatever the operator permits', (host) => {
    const permitting = { ...crew, networkAllow: [host] };

    const { config, problems } = parseRepoConfig(
      `network:\n  allow: [${JSON.stringify(host)}]\n`,
      permitting,
    );

    expect(config.network.allow).toEqual([]);
    expect(problems).toHaveLength(1);
  });

  it('sets values, and each says on which line it stands', () => {
    const text =
      'roles: [backend]\napproval: auto\nchecks:\n  - npm test\n  - run: make\n    timeout_minutes: 3\nreview:\n  fail_on: high\n';

    const { config, sources, problems } = parseRepoConfig(text, crew);

    expect(problems).toEqual([]);
    expect(config.approval).toBe('auto');
    expect(toTaskConfig(config)).toMatchObject({
      roles: ['backend'],
      failOn: 'high',
      checks: [
        { run: 'npm test', timeoutMinutes: 10 },
        { run: 'make', timeoutMinutes: 3 },
      ],
    });
    expect(sources).toMatchObject({
      approval: '.github/crew.yml:2',
      checks: '.github/crew.yml:3',
      'review.fail_on': '.github/crew.yml:8',
      'review.auto': 'default',
    });
  });

  it('says when a review fails its check, requests changes or approves, and what reviewers of a path are told', () => {
    const { config, problems } = parseRepoConfig(
      'review:\n  request_changes: high\n  approve: true\n  path_instructions:\n    - path: "db/**"\n      instructions: Mind the locks.\n',
      crew,
    );

    expect(problems).toEqual([]);
    expect(toTaskConfig(config)).toMatchObject({
      failOn: null,
      requestChanges: 'high',
      approve: true,
      pathInstructions: [{ path: 'db/**', instructions: 'Mind the locks.' }],
    });
  });

  it.each([
    ['reveiw:\n  auto: false', { line: 1, key: 'reveiw', remedy: 'did you mean review?' }],
    [
      'bots: []\nreview:\n  fial_on: high',
      { line: 3, key: 'review.fial_on', remedy: 'did you mean fail_on?' },
    ],
    ['zzzzzzzzzz: 1', { line: 1, key: 'zzzzzzzzzz', message: 'is not a key of this file' }],
    ['review:\n  auto: "no"', { line: 2, key: 'review.auto', message: 'expected boolean, received string' }],
    ['checks:\n  - npm test\n  - run: x\n    timeout_minutes: 999', { line: 4, key: 'checks' }],
    ['budget: 5', { line: 1, key: 'budget' }],
    ['approval: maybe', { line: 1, key: 'approval' }],
    ['roles:\n  - backend\n  - frontnd', { line: 3, key: 'roles', remedy: 'did you mean frontend?' }],
    [
      'review:\n  path_instructions:\n    - path: a\n      instructions: b\n    - path: c',
      { line: 5, key: 'review.path_instructions' },
    ],
    ['review:\n  pause_after: -1', { line: 2, key: 'review.pause_after' }],
    ['__proto__: 3', { line: 1, key: '__proto__' }],
    ['bots: []\nreview: !!set {auto}', { line: 2, key: 'review', message: NO_KEYS }],
    ['bots: []\nreview: !!omap [auto: false]', { line: 2, key: 'review', message: NO_KEYS }],
    ['bots: []\nbudget: !!timestamp 2026-01-01', { line: 2, key: 'budget', message: NO_KEYS }],
    ['review:\n  path_instructions:\n    - !!set {path}', { line: 3, key: 'review.path_instructions' }],
    ['!!set {review}', { line: 1, message: `the file ${NO_KEYS}` }],
    ['constructor: 3', { line: 1, key: 'constructor' }],
    ['a: [1\nb: 2', { line: 2, key: '' }],
    ['- a', { line: 1, message: 'the file is not a list of `key: value` lines' }],
    ['a: &a [1]\nbots: *a', { line: 1, message: 'anchors and aliases are not supported' }],
    [`bots: [${'x,'.repeat(40_000)}]`, { line: 1, remedy: expect.stringMatching(/^shorten it/) }],
  ])('reports %j with line and remedy', (text, problem) => {
    expect(parseRepoConfig(text, crew).problems[0]).toMatchObject(problem);
  });

  it('keeps what is right beside what is wrong', () => {
    const { config, problems } = parseRepoConfig(
      'approval: 7\nmax_subtasks: 3\nreview:\n  drafts: true\n  auto: 1\n',
      crew,
    );

    expect(problems.map(({ key }) => key)).toEqual(['approval', 'review.auto']);
    expect(config).toMatchObject({
      approval: 'required',
      max_subtasks: 3,
      review: { drafts: true, auto: true },
    });
  });

  it('starts no review unasked while it cannot be read, for it may have said so', () => {
    expect(parseRepoConfig('review: [', crew).config.review.auto).toBe(false);
  });

  it('cannot raise the budget above the operator’s', () => {
    const { config, sources } = parseRepoConfig('budget:\n  per_task_usd: 400', crew);

    expect(config.budget.per_task_usd).toBe(10);
    expect(sources['budget.per_task_usd']).toBe("the operator's limit");
    expect(parseRepoConfig('budget:\n  per_task_usd: 2', crew).config.budget.per_task_usd).toBe(2);
  });

  it.each([
    ['{ path: /, method: HEAD, contains: ok }', 'audit', 'an answer to HEAD has no text'],
    ['{ path: / }', 'staging', 'the same name'],
  ])('refuses gates that could never say what they are for: %s, %s', (check, name, expected) => {
    const { config, problems } = parseRepoConfig(
      `gates:
  - { name: staging, on: deployment, hosts: [a.example], checks: [${check}] }
  - { name: ${name}, on: push, branches: [main] }
`,
      crew,
    );

    expect(JSON.stringify(problems)).toContain(expected);
    expect(config.gates).toEqual([]);
  });

  it('expands no bomb of aliases', () => {
    const levels = Array.from(
      { length: 20 },
      (_, level) => `l${level + 1}: &l${level + 1} [*l${level}, *l${level}]`,
    );

    const { problems } = parseRepoConfig(['l0: &l0 [x]', ...levels].join('\n'), crew);

    expect(problems).toHaveLength(1);
  });

  it('never throws, whatever the text', () => {
    const lines = fc.array(
      fc.oneof(fc.string(), fc.constantFrom('review:', '  auto: 1', 'roles: [a]', '- x', '? y')),
    );

    fc.assert(fc.property(lines, (given) => void parseRepoConfig(given.join('\n'), crew)));
  });
});
