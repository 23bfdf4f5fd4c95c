// What looks like a credential of the kinds that the crew itself handles, found at once: for the log, which cannot wait for
// the rules of secretlint. Elsewhere these would take examples out of texts and refuse tests that hold some.

import { blankEscapes } from './blank-escapes.ts';

const SHAPES: readonly RegExp[] = [
  // Tokens of GitHub, old and new (a JWT behind the prefix), and keys of Anthropic.
  /\bgh[a-z]_[A-Za-z0-9]{36,255}(?![A-Za-z0-9])/g,
  /\bgh[a-z]_eyJ[\w-]{10,2000}(?:\.[\w-]{10,4000}){1,2}/g,
  /\bgithub_pat_\w{60,255}/g,
  /\bsk-ant-[a-z]+\d+-[\w-]{40,255}/g,
  /\beyJ[\w-]{10,2000}\.eyJ[\w-]{10,4000}\.[\w-]{20,4000}/g,
  // A webhook's signature.
  /\bsha256=[0-9a-fA-F]{64}\b/g,
  // A private key, its line breaks as they are or escaped.
  /-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY-----[A-Za-z0-9+/=\s\\]{40,20000}(?:-----END [A-Z0-9 ]{0,30}PRIVATE KEY-----)?/g,
  // The password of an address.
  /(?<=\b(?:postgres|postgresql|redis|rediss|https?):\/\/[^\s:/@"']{0,100}:)[^\s/@"']{3,300}(?=@)/g,
];

export function spansOfShapes(text: string): readonly { readonly start: number; readonly end: number }[] {
  const texts = new Set([text, blankEscapes(text)]);
  return [...texts].flatMap((one) =>
    SHAPES.flatMap((shape) =>
      [...one.matchAll(shape)].map(({ index, 0: { length } }) => ({ start: index, end: index + length })),
    ),
  );
}
