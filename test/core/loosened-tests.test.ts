import { describe, expect, it } from 'vitest';
import { loosenedIn } from '../../src/core/implement/loosened-tests.ts';
import { ONLY, SKIP } from '../support/left-out-marks.ts';

/** A patch of one file: each line with its marker. */
function patchOf(path: string, ...lines: readonly string[]): string {
  const old = lines.filter((line) => !line.startsWith('+')).length;
  const now = lines.filter((line) => !line.startsWith('-')).length;
  return [
    `diff --git a/${path} b/${path}`,
    'index 1111111..2222222 100644',
    `--- a/${path}`,
    `+++ b/${path}`,
    `@@ -1,${old} +1,${now} @@`,
    ...lines,
    '',
  ].join('\n');
}

const messages = (patch: string) => loosenedIn(patch).map(({ message }) => message);

/** Patches as a hostile or a tired author writes them. */
describe('a patch that loosens tests is found', () => {
  it.each([
    ['test/cart.test.js', `+it${SKIP}('adds', () => {`, 'is skipped'],
    ['test/cart.test.js', `+  it${ONLY}('adds', () => {`, 'is skipped'],
    ['test/cart.test.js', "+describe.concurrent.skip('cart', () => {", 'is skipped'],
    ['test/cart.test.js', "+xit('adds', () => {", 'is skipped'],
    ['test/cart.test.js', "+test('adds', { skip: true }, () => {", 'is skipped'],
    ['test/cart.test.js', '+  t.skip();', 'is skipped'],
    ['tests/test_cart.py', '+@pytest.mark.skip(reason="flaky")', 'is skipped'],
    ['tests/test_cart.py', '+@pytest.mark.xfail', 'is skipped'],
    ['tests/test_cart.py', `+@unittest${SKIP}("later")`, 'is skipped'],
    ['cart_test.go', '+\tt.Skip("flaky")', 'is skipped'],
    ['src/cart.rs', '+    #[ignore]', 'is skipped'],
    ['src/test/java/CartTest.java', '+  @Disabled("flaky")', 'is skipped'],
    ['spec/cart_spec.rb', '+  skip "flaky"', 'is skipped'],
    ['tests/CartTest.php', '+    $this->markTestSkipped();', 'is skipped'],
    ['test/cart.test.js', '+  expect(true).toBe(true);', 'holds whatever'],
    ['tests/test_cart.py', '+    assert True', 'holds whatever'],
    ['test/cart.test.js', '+  jest.setTimeout(60000);', 'time limit'],
    ['vitest.config.ts', '+    retry: 3,', 'tried again'],
    ['package.json', '+    "test": "vitest run || true",', 'passes whatever'],
    ['package.json', '+    "test": "vitest run --passWithNoTests",', 'passes whatever'],
    ['.github/workflows/ci.yml', '+        continue-on-error: true', 'passes whatever'],
    ['Makefile', '+\t-npm test', 'passes whatever'],
    ['pom.xml', '+    <argLine>-DskipTests</argLine>', 'passes whatever'],
    ['jest.config.js', "+  testPathIgnorePatterns: ['cart'],", 'left out'],
    ['pytest.ini', '+addopts = --deselect tests/test_cart.py::test_add', 'left out'],
  ])('%s: %s', (path, line, expected) => {
    const found = loosenedIn(patchOf(path, ' before', line, ' after'));

    expect(found.map(({ cause, path: where }) => [cause, where])).toContainEqual(['loosened_test', path]);
    expect(found.map(({ message }) => message).join('\n')).toContain(expected);
  });

  it.each([
    [
      'test/cart.test.js',
      ["-it('adds', () => {", '-  expect(add(1, 2)).toBe(3);', '-});'],
      'a test is removed',
    ],
    ['tests/test_cart.py', ['-def test_add():', '-    assert add(1, 2) == 3'], 'a test is removed'],
    ['cart_test.go', ['-func TestAdd(t *testing.T) {', '-}'], 'a test is removed'],
    [
      'test/cart.test.js',
      [" it('adds', () => {", '-  expect(add(1, 2)).toBe(3);'],
      'an assertion is removed',
    ],
    ['test/cart.test.js', ["-it('adds', () => {", "+// it('adds', () => {"], 'a test is removed'],
    [
      'test/cart.test.js',
      ['-  expect(add(1, 2)).toBe(3);', '+  // expect(add(1, 2)).toBe(3);'],
      'an assertion is removed',
    ],
    ['tests/test_cart.py', ['-    self.assertEqual(a, 1)', '+    # self.assertEqual(a, 1)'], 'an assertion'],
    ['test/cart.test.js', ['+  if (false) {'], 'is skipped'],
    ['test/cart.test.js', ['+process.exit(0);'], 'is skipped'],
    ['tests/test_cart.py', ['+sys.exit(0)'], 'is skipped'],
    ['vitest.config.ts', ['-  testTimeout: 5_000,', '+  testTimeout: 50_000,'], 'time limit'],
    ['.coveragerc', ['-fail_under = 90', '+fail_under = 60'], 'threshold'],
    ['package.json', ['-    "test": "vitest run",'], 'is gone'],
  ])('%s: %j', (path, lines, expected) => {
    expect(messages(patchOf(path, ...lines)).join('\n')).toContain(expected);
  });

  it('when a file of tests is deleted', () => {
    const patch = [
      'diff --git a/test/cart.test.js b/test/cart.test.js',
      'deleted file mode 100644',
      'index 1111111..0000000',
      '--- a/test/cart.test.js',
      '+++ /dev/null',
      '@@ -1 +0,0 @@',
      "-it('adds', () => {});",
      '',
    ].join('\n');

    expect(messages(patch)).toEqual([
      '`test/cart.test.js`: a file of tests is deleted. A fix mends the code and leaves the tests as strict as they are.',
    ]);
  });
});

describe('a file of tests that is renamed', () => {
  const renamed = (from: string, to: string) =>
    messages(`diff --git a/${from} b/${to}\nsimilarity index 100%\nrename from ${from}\nrename to ${to}\n`);

  it.each([
    ['test/cart.test.js', 'docs/cart.bak'],
    ['test/cart.test.js', 'test/cart.js'],
    ['tests/test_cart.py', 'tests/cart.py'],
  ])('from %s to %s is found: nothing runs it any more', (from, to) => {
    expect(renamed(from, to)).toEqual([expect.stringContaining('a file of tests is deleted')]);
  });

  it.each([
    ['test/cart.test.js', 'test/basket.test.js'],
    ['test/cart.test.js', 'src/cart.spec.ts'],
    ['test/helpers.js', 'test/support/helpers.js'],
  ])('from %s to %s is none', (from, to) => {
    expect(renamed(from, to)).toEqual([]);
  });
});

describe('a patch that leaves tests as strict as they are is none', () => {
  it.each([
    ['src/cart.js', ['-  return a - b;', '+  return a + b;']],
    ['src/skip-list.js', ['+export const skip = (list) => list.skip(2);', '+const timeout = 90_000;']],
    ['test/cart.test.js', ["+it('adds two', () => {", '+  expect(add(1, 1)).toBe(2);', '+});']],
    ['test/cart.test.js', ['-  expect(add(1, 2)).toBe(4);', '+  expect(add(1, 2)).toBe(3);']],
    ['test/cart.test.js', ["-it('ads', () => {", "+it('adds', () => {"]],
    // A test that was skipped runs again.
    ['test/cart.test.js', [`-it${SKIP}('adds', () => {`, "+it('adds', () => {"]],
    ['vitest.config.ts', ['-  testTimeout: 50_000,', '+  testTimeout: 5_000,']],
    ['package.json', ['-    "test": "jest",', '+    "test": "vitest run",']],
    ['test/list.test.js', ['+  const page = list({ skip: 10 });', '+  pending = [];']],
    ['package.json', ['-    "p-retry": "5.0.0",', '+    "p-retry": "6.0.0",']],
    ['README.md', ['+Run `npm test || true` at your own risk.']],
  ])('%s: %j', (path, lines) => {
    expect(messages(patchOf(path, ' before', ...lines, ' after'))).toEqual([]);
  });

  it('when a test moves to another file', () => {
    const lines = ["it('adds', () => {", '  expect(add(1, 2)).toBe(3);', '});'];
    const patch =
      patchOf('test/old.test.js', ' before', ...lines.map((line) => `-${line}`)) +
      patchOf('test/new.test.js', ' before', ...lines.map((line) => `+  ${line}`));

    expect(messages(patch)).toEqual([]);
  });
});

it('names at most twenty places', () => {
  const patch = Array.from({ length: 50 }, (_, index) =>
    patchOf(`test/${index}.test.js`, ' before', `+it${SKIP}('adds', () => {`),
  ).join('');

  expect(loosenedIn(patch)).toHaveLength(20);
});

it('reads a long line of a hostile patch in no time', () => {
  const patch = patchOf(
    'test/cart.test.js',
    ` ${'x'.repeat(10)}`,
    `+${'retry '.repeat(300)}`,
    `+${'('.repeat(500_000)}`,
  );
  const startedMs = performance.now();

  loosenedIn(patch);

  expect(performance.now() - startedMs).toBeLessThan(1_000);
});

it.each(['mincoverage', 'timeout', 'retry ', 'exclude: [', 'expect('])(
  'lines full of %s take no long time',
  (word) => {
    const line = word.repeat(180).slice(0, 2_000);
    const lines = Array.from({ length: 20 }, () => [`-${line}`, `+${line}1`]).flat();
    const startedMs = performance.now();

    loosenedIn(patchOf('package.json', ...lines));

    expect(performance.now() - startedMs).toBeLessThan(1_000);
  },
);
