/** Paths that try to lead out of a folder in which `path-escapes.test.ts` has put links, pipes and devices. */
import fc from 'fast-check';

/** Separated by blanks, then those with one in them, or nothing. */
const NAMES = [
  ...String.raw`.. . ... ..\ ~ ~root $HOME %2e%2e ..%2f.. out secret-link up root a/b/chain chain-2 loop dangling self-root self-cwd`.split(
    ' ',
  ),
  ...`fd fine src a.js beyond secret deep work tree git tmp owner.json mirrors pipe device .git .GIT .gIt .git. git~1`.split(
    ' ',
  ),
  ...String.raw`GIT~1 .git::$INDEX_ALLOCATION .git\config config hooks HEAD post-checkout .github workflows .gitmodules CON nul`.split(
    ' ',
  ),
  ...`PROGRA~1 a:b proc self environ etc passwd shadow dev null C: -rf --output=x :(top).. * ** {..,x} [.][.] ' " $(id)`.split(
    ' ',
  ),
  ...[
    '',
    '. .',
    '.git ',
    '\u2025',
    '\uff0e\uff0e',
    '..\u200b',
    '.g\u200cit',
    '\uff0egit',
    'e\u0301',
    '\u00e9',
    'nul\0byte',
    'new\nline',
  ],
  ...['`id`', 'x'.repeat(255), 'y'.repeat(300)],
];

/** What belongs to the job and lies next to its tree. */
const BESIDE = [
  '../owner.json',
  '../git/config',
  '../git/HEAD',
  '../git/hooks/post-checkout',
  '../tmp/made-by-a-path',
  '../made-by-a-path',
  '../../../mirrors/made-by-a-path',
];

/** What anybody would try first. */
export function plainWaysOut(outside: string): readonly string[] {
  const below = ['secret', 'deep/secret', '.npmrc', 'made-by-a-path'];
  const ways = [
    'out',
    'up/beyond',
    '../../beyond',
    'a/b/../../../../beyond',
    outside,
    `root${outside}`,
    `self-root${outside}`,
    `/proc/self/root${outside}`,
  ];
  const links = [
    'secret-link',
    'a/b/chain/secret',
    'chain-2/er/secret',
    'chain-3',
    'dangling',
    'loop',
    'fd/0',
    'pipe',
    'device',
  ];
  return [
    ...ways.flatMap((way) => below.map((name) => `${way}/${name}`)),
    ...links,
    ...BESIDE,
    '/etc/passwd',
    'root/etc/passwd',
    '/proc/self/environ',
    '/proc/self/root/proc/self/environ',
    'self-root/proc/self/environ',
  ];
}

export function pathsFrom(outside: string): fc.Arbitrary<string> {
  const segment = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...NAMES) },
    fc.string({ unit: 'grapheme', maxLength: 8 }),
  );
  const separator = fc.constantFrom('/', '/', '/', '//', '/./', '\\', '\\/', '\0/');
  const start = fc.constantFrom(
    '',
    '',
    './',
    '../',
    '/',
    '//',
    '\\\\',
    '~/',
    'file://',
    outside,
    `${outside}/deep/../secret`,
    '/proc/self/root/',
    '/proc/self/cwd/../../beyond/',
  );
  return fc
    .tuple(
      start,
      fc.array(fc.tuple(segment, separator), { minLength: 1, maxLength: 7 }),
      fc.constantFrom('', '/', '.', ' ', '/..', '\0'),
    )
    .map(
      ([head, parts, end]) =>
        head +
        parts
          .flat()
          .join('')
          .replace(/[\\/]+$/, '') +
        end,
    );
}
