import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/core/errors.ts';
import {
  CHANGE_LIMITS,
  protectedRefusals,
  secretRefusals,
  sizeRefusals,
} from '../../src/core/implement/refusals.ts';
import { parseDiff } from '../../src/core/parse-diff.ts';
import { createRedactor } from '../../src/core/redact.ts';
import { implementTask, plan, planAnswer, surveyedFile } from '../support/records.ts';

const CODEOWNERS = '.github/CODEOWNERS';
const WORKFLOW = '.github/workflows/ci.yml';

function taskWith(approval: 'required' | 'auto') {
  const { request } = implementTask();
  const config = { ...request.config, protectedPaths: [CODEOWNERS, '.github/workflows/**'] };
  return implementTask({ request: { ...request, approval, config } as typeof request });
}

const planWith = (files: string[], state: 'approved' | 'proposed' = 'approved') =>
  plan(planAnswer([{ files }]), { state, approvedBy: state === 'approved' ? 'mona' : null });

describe('a protected file', () => {
  it.each([
    ['that the approved plan names', 'required', planWith([CODEOWNERS]), [CODEOWNERS], []],
    ['named with a leading ./', 'required', planWith([`./${CODEOWNERS}`]), [CODEOWNERS], []],
    ['that no plan names', 'required', planWith(['a']), ['a', CODEOWNERS], [CODEOWNERS]],
    ['without a plan', 'required', null, [CODEOWNERS], [CODEOWNERS]],
    [
      'that a plan names which nobody approved',
      'required',
      planWith([CODEOWNERS], 'proposed'),
      [CODEOWNERS],
      [CODEOWNERS],
    ],
    [
      'that a plan named for which a person was asked in spite of auto',
      'auto',
      planWith([CODEOWNERS]),
      [CODEOWNERS],
      [],
    ],
    [
      'that was approved by itself, since the plan did not look protected',
      'auto',
      planWith(['package.json', 'package-lock.json']),
      ['package-lock.json'],
      ['package-lock.json'],
    ],
    ['that is a workflow, whatever the plan says', 'required', planWith([WORKFLOW]), [WORKFLOW], [WORKFLOW]],
    ['that is not protected', 'auto', planWith([]), ['server/api.js'], []],
  ] as const)('%s', (_, approval, approved, paths, refused) => {
    const files = paths.map((path) => surveyedFile(path));

    const refusals = protectedRefusals(taskWith(approval), approved, files);

    expect(refusals.map(({ cause, path }) => [cause, path])).toEqual(
      refused.map((path) => ['protected_path', path]),
    );
  });

  it('cannot be moved away either', () => {
    const moved = surveyedFile('owners', { oldPath: CODEOWNERS, status: 'renamed' });

    expect(protectedRefusals(taskWith('required'), null, [moved])).toMatchObject([{ path: CODEOWNERS }]);
  });
});

describe('a secret', () => {
  const { redactAll } = createRedactor({ secrets: ['our-own-password'] });
  const token = `ghp_${'a1B2'.repeat(9)}`;
  const diffOf = (...lines: readonly string[]) =>
    parseDiff(['diff --git a/k b/k', '--- a/k', '+++ b/k', '@@ -1,2 +1,9 @@', ...lines, ''].join('\n'));
  const found = (...lines: readonly string[]) =>
    secretRefusals([surveyedFile('k')], diffOf(...lines), redactAll);

  it('in an added line is told by its place, and never repeated', async () => {
    const refusals = await found(' a', `+const token = '${token}';`);

    expect(refusals).toMatchObject([
      { cause: 'secret', path: 'k', message: expect.stringContaining('line 2') },
    ]);
    expect(JSON.stringify(refusals)).not.toContain(token);
  });

  it('of our own is found as well', async () => {
    expect(await found('+x = our-own-password')).toMatchObject([{ cause: 'secret' }]);
  });

  it.each([
    ['that was there already and moved', [`-${token}`, ' a', `+${token}`]],
    ['that is taken out', [`-${token}`, '+process.env.TOKEN']],
    ['that is none', ['+const count = 3;']],
  ])('%s is no news', async (_, lines) => {
    expect(await found(...lines)).toEqual([]);
  });

  it('cannot hide where nothing can be searched, nor in a store of keys', async () => {
    const files = [
      surveyedFile('big.sql'),
      surveyedFile('app.p12', { binary: true }),
      surveyedFile('a.png', { binary: true }),
    ];

    expect(await secretRefusals(files, [], redactAll)).toMatchObject([
      { cause: 'size', path: 'big.sql' },
      { cause: 'secret', path: 'app.p12' },
    ]);
  });
});

describe('a file that is no text', () => {
  const secret = 'x7Kq9Lm2Pw4Rt8Zv';
  const { redactAll } = createRedactor({ secrets: [secret] });
  const files = [surveyedFile('logo.png', { binary: true })];
  const found = (bytes: Buffer) => secretRefusals(files, [], redactAll, async () => bytes);

  it.each([
    ['among its bytes', Buffer.from(`\0\x01\xff${secret}\0`, 'latin1')],
    ['in UTF-16', Buffer.from(`\ufeff${secret}`, 'utf16le')],
    ['in the other UTF-16', Buffer.from(`\ufeff${secret}`, 'utf16le').swap16()],
    ['as the token of anybody', Buffer.from(`\0ghp_${'a1B2'.repeat(9)}\0`)],
  ])('is refused with a secret %s', async (_, bytes) => {
    expect(await found(bytes)).toMatchObject([{ cause: 'secret', path: 'logo.png' }]);
  });

  it('is taken without one, and refused where it is too large to be searched', async () => {
    const tooLarge = async (): Promise<Uint8Array> => {
      throw new UserError('too large');
    };

    expect(await found(Buffer.from([0, 1, 2, 255]))).toEqual([]);
    expect(await secretRefusals(files, [], redactAll, tooLarge)).toMatchObject([{ cause: 'size' }]);
  });

  it('is not named by a secret', async () => {
    const named = [surveyedFile(`docs/${secret}.md`)];

    const refusals = await secretRefusals(named, [], redactAll);

    expect(refusals).toMatchObject([{ cause: 'secret', path: null }]);
    expect(JSON.stringify(refusals)).not.toContain(secret);
  });
});

describe('the size of a change', () => {
  const { files, addedLines, bytes } = CHANGE_LIMITS;

  it.each([
    ['as large as it may be', files, 1, bytes, 0],
    ['of too many files', files + 1, 1, 1, 1],
    ['of too many lines', 1, addedLines + 1, 1, 1],
    ['of too many bytes', 1, 1, bytes + 1, 1],
  ])('%s', (_, count, additions, patchBytes, refused) => {
    const changed = Array.from({ length: count }, () => ({ additions }));

    expect(sizeRefusals(changed, ['x'.repeat(patchBytes)])).toHaveLength(refused);
  });
});
