import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import picomatch from 'picomatch';
import { describe, expect, it } from 'vitest';
import { parseDirectoryRules } from '../../src/core/directory-rules.ts';
import { compileGlob, globProblem } from '../../src/core/glob.ts';
import { chooses, owns } from '../../src/core/path-filter.ts';
import { parseRepoConfig } from '../../src/core/repo-config.ts';
import { parseRole } from '../../src/core/roles.ts';

const ROLES_DIR = join(import.meta.dirname, '../../src/agents/roles');
const crew = { roles: ['backend'], budgetUsd: 5 };

const matches = (glob: string, path: string) => compileGlob(glob)(path.split('/'));

/** Characters of a path that are looked at while it is matched, each time that one is. */
function work(glob: string, path: string): number {
  let looks = 0;
  const counted = (part: string) =>
    new Proxy(new String(part), {
      get: (target, key) => {
        if (typeof key === 'string' && /^\d+$/.test(key)) looks += 1;
        return Reflect.get(target, key, target);
      },
    }) as unknown as string;
  const parts = new Proxy(path.split('/').map(counted), {
    get: (target, key) => {
      if (typeof key === 'string' && /^\d+$/.test(key)) looks += 1;
      return Reflect.get(target, key, target);
    },
  });
  compileGlob(glob)(parts);
  return looks;
}

describe('a glob', () => {
  it.each([
    ['src/**', 'src', true],
    ['src/**', 'src/a/b.js', true],
    ['src/**', 'source/a.js', false],
    ['*/**', 'a.js', false],
    ['*/**', 'src/a.js', true],
    ['**/*.js', 'a.js', true],
    ['**/*.js', '.hidden/.a.js', true],
    ['*.js', 'src/a.js', false],
    ['a/**/b/**/c', 'a/x/b/y/b/c', true],
    ['./src/?.{js,ts}', 'src/a.ts', true],
    ['**/settings.gradle{,.kts}', 'settings.gradle', true],
    ['{src,lib/**}/{a,b{1,2}}.js', 'lib/x/y/b2.js', true],
    ['{src,lib/**}/{a,b{1,2}}.js', 'src/x/b2.js', false],
    ['{**,a}/b', 'x/y/b', true],
    ['app/[id]/page.js', 'app/[id]/page.js', true],
    ['app/[!a-c]?', 'app/dx', true],
    ['app/[!a-c]?', 'app/bx', false],
    ['app/(auth)/**', 'app/(auth)/login.js', true],
    ['a\\*b', 'a*b', true],
    ['a\\*b', 'axb', false],
    ['what{is}this[', 'what{is}this[', true],
  ])('%s for %s: %s', (glob, path, wanted) => {
    expect(matches(glob, path)).toBe(wanted);
  });

  it('of the usual kind chooses what picomatch chooses', () => {
    const part = fc
      .array(fc.constantFrom('a', 'b', 'ab', '.', '-', '*', '?', '{a,b}', '{a*,.b}', '[ab]'), {
        minLength: 1,
        maxLength: 4,
      })
      .map((parts) => parts.join(''))
      // Picomatch has a `*.*` of its own, for which `a.` is no name.
      .filter((text) => text !== '*.*' && !/^\.+$|\*\*|^-?\.|\]\?/.test(text));
    const segments = fc.array(fc.oneof(part, fc.constant('**')), { minLength: 1, maxLength: 4 });
    const name = fc.stringMatching(/^[ab-][ab.-]{0,3}$/);
    const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));

    fc.assert(
      fc.property(segments, path, (given, one) => {
        const glob = given.join('/');
        expect([glob, one, matches(glob, one)]).toEqual([
          glob,
          one,
          picomatch.isMatch(one, glob, { dot: true }),
        ]);
      }),
      { numRuns: 3_000 },
    );
  });

  it('of a role that ships with the crew has no problem, and chooses what picomatch chooses', () => {
    const globs = readdirSync(ROLES_DIR)
      .filter((name) => name.endsWith('.md'))
      .flatMap((name) => parseRole(readFileSync(join(ROLES_DIR, name), 'utf8'), name).paths)
      .map((glob) => glob.replace(/^!/, ''));
    expect(globs.length).toBeGreaterThan(100);
    for (const glob of globs) {
      expect([glob, globProblem(glob)]).toEqual([glob, null]);
      const isMatch = picomatch(glob, { dot: true });
      for (const path of paths())
        expect([glob, path, matches(glob, path)]).toEqual([glob, path, isMatch(path)]);
    }
  });

  it.each([
    ['server/(a+)+$', (n: number) => `server/${'a'.repeat(n)}.js`],
    ['*a*a*a*a*a*a*a*a*a*a*a*b', (n: number) => 'a'.repeat(n)],
    ['**/[a]/**/[a]/**/[a]/**/[a]/**/[a]/**/[b]', (n: number) => 'a/'.repeat(n)],
    ['**/*a*a/**/*a*a/**/*a*b', (n: number) => 'aaaa/'.repeat(n)],
    [`${'{a,aa,?}'.repeat(5)}*b`, (n: number) => 'a'.repeat(n)],
    [`+(${'a|'.repeat(9)}*(a))`, (n: number) => 'a'.repeat(n)],
    ['[a-z]*[a-z]*[a-z]*[a-z]*[a-z]*[0-9]', (n: number) => 'z'.repeat(n)],
  ])('%s is at most twice the work for a name of twice the length', (glob, name) => {
    const [once, twice] = [work(glob, name(500)), work(glob, name(1_000))];

    expect(once).toBeLessThan(4_000 * 500);
    expect(twice).toBeLessThanOrEqual(once * 2.1 + 100);
  });

  it('with braces that stand for more than anybody means matches nothing, and is no work', () => {
    const bomb = '{a,b}'.repeat(60);

    expect(globProblem(bomb)).toMatch(/more than 4,000 characters/);
    expect(matches(bomb, 'ab'.repeat(30))).toBe(false);
  });

  it('of any kind is taken, whatever it holds', () => {
    const hostile = fc.string({ unit: fc.constantFrom(...'ab*?[]{},/\\!()|+$^.-'), maxLength: 60 });
    fc.assert(
      fc.property(hostile, hostile, (glob, path) => {
        expect(owns([glob], path)).toBeTypeOf('boolean');
        expect(chooses([glob], path)).toBeTypeOf('boolean');
        expect(globProblem(glob)).toSatisfy((problem) => problem === null || typeof problem === 'string');
      }),
    );
  });
});

/** Names made of the words that the roles' own globs use. */
function paths(): readonly string[] {
  const tops = [
    '',
    'src/',
    'docs/architecture/',
    'db/',
    'test/',
    '.github/workflows/',
    'a/api/b/',
    'web/ui/',
  ];
  const names = [
    'Dockerfile',
    'x.dockerfile',
    'auth.ts',
    'userToken.py',
    'a.test.ts',
    'x.sql',
    '.env',
    'm.tsx',
    'settings.gradle',
    'a.config.js',
    'compose.yml',
    'README.md',
    'models.py',
  ];
  return tops.flatMap((top) => names.map((name) => top + name));
}

describe('a glob that is none', () => {
  it.each([
    ['server/(a+)+$', /is a regular expression/],
    ['src/(a|b)/**', /is a regular expression/],
    ['**/!(*.d).ts', /has an extended glob/],
    ['+(a)', /has an extended glob/],
    ['v{1..3}/**', /has a range in braces/],
    ['[[:alpha:]]*', /has a class of characters by name/],
    ['{a,b}'.repeat(60), /has braces that stand for more/],
  ])('%s is refused wherever people write globs, with what to write instead', (glob, problem) => {
    const written = JSON.stringify(glob);
    const keys = [
      `paths: [${written}]`,
      `paths: ['!${glob}']`,
      `path_instructions: [{path: ${written}, instructions: x}]`,
    ];
    const ofPull = [`base_branches: [${written}]`, `labels: [${written}]`];

    for (const key of [...keys, ...ofPull]) {
      expect([key, parseRepoConfig(`review:\n  ${key}`, crew).problems]).toMatchObject([
        key,
        [{ line: 2, message: expect.stringMatching(problem) }],
      ]);
    }
    for (const key of keys) {
      expect(parseDirectoryRules(`review:\n  ${key}`, 'web')).toMatchObject({
        rules: null,
        problems: [{ message: expect.stringMatching(problem) }],
      });
    }
    const role = readFileSync(join(ROLES_DIR, 'backend.md'), 'utf8');
    expect(() => parseRole(role.replace(/^paths:$/m, `paths:\n  - ${written}`), 'backend.md')).toThrow(
      problem,
    );
  });
});
