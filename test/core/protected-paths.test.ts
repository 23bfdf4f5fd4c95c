import { describe, expect, it } from 'vitest';
import { protectedAmong, protectedIn } from '../../src/core/implement/protected-paths.ts';
import { PROTECTED_PATHS } from '../../src/core/repo-config.ts';
import { planAnswer } from '../support/records.ts';

describe('protected paths', () => {
  it.each([
    [['src/a.ts', '.github/workflows/ci.yml'], ['.github/workflows/ci.yml']],
    [
      ['CODEOWNERS', 'docs/CODEOWNERS', '.github/CODEOWNERS', 'src/CODEOWNERS.md'],
      ['CODEOWNERS', 'docs/CODEOWNERS', '.github/CODEOWNERS'],
    ],
    [['.github/crew.yml', '.github/crew/standards/a.md', 'web/.crew.yml'], 'all'],
    [['package-lock.json', 'src/a.ts'], ['package-lock.json']],
    [['package-lock.json', 'packages/a/package.json'], []],
    [['go.sum', 'Cargo.lock', 'go.mod'], ['Cargo.lock']],
  ])('of %j are %j by default', (paths, expected) => {
    expect(protectedAmong(paths, PROTECTED_PATHS)).toEqual(expected === 'all' ? paths : expected);
  });

  it('are what the repository says, with exceptions', () => {
    expect(
      protectedAmong(
        ['infra/a.tf', 'infra/dev/b.tf', '.github/workflows/ci.yml'],
        ['infra/**', '!infra/dev/**'],
      ),
    ).toEqual(['infra/a.tf']);
  });

  it('are lock files alone where the repository protects nothing', () => {
    expect(protectedAmong(['.github/workflows/ci.yml', 'yarn.lock'], [])).toEqual(['yarn.lock']);
  });
});

describe('protected files of a plan', () => {
  it.each<[readonly string[], readonly string[]]>([
    [['src/a.ts', '.github/workflows/ci.yml'], ['.github/workflows/ci.yml']],
    [['./.github/workflows/ci.yml', '/.github//workflows/ci.yml '], ['.github/workflows/ci.yml']],
    [
      ['.github/workflows/', '.github/crew'],
      ['.github/workflows', '.github/crew'],
    ],
    [['package-lock.json', 'web/package.json'], []],
    [['', '.'], []],
  ])('that names %j are %j', (files, expected) => {
    const subtasks = planAnswer(files.map((file) => ({ files: [file] }))).subtasks;

    expect(protectedIn({ subtasks }, PROTECTED_PATHS)).toEqual(expected);
  });
});
