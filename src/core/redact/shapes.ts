// What looks like a credential of the kinds that the crew itself handles, found at once: for the log, which cannot wait for
// the rules of secretlint. Elsewhere these would take examples out of texts and refuse tests that hold some.

import { ESCAPE } from './blank-escapes.ts';

/** At the beginning of a word, or behind an escape, which is looked for where the prefix stands: without a copy of a long line. */
function begun(prefix: string, rest: string): RegExp {
  return new RegExp(`${prefix}(?<=(?:\\b|${ESCAPE})${prefix})${rest}`, 'g');
}

const SHAPES: readonly RegExp[] = [
  // Tokens of GitHub, old and new (a JWT behind the prefix), and keys of Anthropic.
  begun('gh[a-z]_', '[A-Za-z0-9]{36,255}(?![A-Za-z0-9])'),
  begun('gh[a-z]_eyJ', String.raw`[\w-]{10,2000}(?:\.[\w-]{10,4000}){1,2}`),
  begun('github_pat_', String.raw`\w{60,255}`),
  begun('sk-ant-', String.raw`[a-z]+\d+-[\w-]{40,255}`),
  begun('eyJ', String.raw`[\w-]{10,2000}\.eyJ[\w-]{10,4000}\.[\w-]{20,4000}`),
  // A webhook's signature.
  begun('sha256=', String.raw`[0-9a-fA-F]{64}\b`),
  // A private key, its line breaks as they are or escaped.
  /-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY-----[A-Za-z0-9+/=\s\\]{40,20000}(?:-----END [A-Z0-9 ]{0,30}PRIVATE KEY-----)?/g,
  // The password of an address.
  /(?<=\b(?:postgres|postgresql|redis|rediss|https?):\/\/[^\s:/@"']{0,100}:)[^\s/@"']{3,300}(?=@)/g,
];

export function spansOfShapes(text: string): readonly { readonly start: number; readonly end: number }[] {
  return SHAPES.flatMap((shape) =>
    [...text.matchAll(shape)].map(({ index, 0: { length } }) => ({ start: index, end: index + length })),
  );
}
