/** A secret as whoever carries it away may write it: a search for all of them finds it in whatever it was put into. */

/** As it is, backwards, in hex, and in base64 wherever it stands in what was encoded. */
export function formsOf(secret: string): readonly string[] {
  const hex = Buffer.from(secret).toString('hex');
  const base64 = [0, 1, 2].map((before) => inBase64(secret, before));
  return [
    ...[secret, [...secret].reverse().join(''), hex, hex.toUpperCase()],
    ...base64.flatMap((text) => [text, text.replaceAll('+', '-').replaceAll('/', '_')]),
  ];
}

/** Where line ends, as they are or in JSON, tear nothing apart. */
export function holdsAny(text: string, forms: readonly string[]): boolean {
  const whole = text.replace(/\\+n|\s+/g, '');
  return forms.some((form) => text.includes(form) || whole.includes(form));
}

/** The characters that are the same whatever stands before and after it. */
function inBase64(secret: string, bytesBefore: number): string {
  const bytes = Buffer.concat([Buffer.alloc(bytesBefore), Buffer.from(secret)]);
  return bytes.toString('base64').slice(Math.ceil((bytesBefore * 4) / 3), Math.floor((bytes.length * 4) / 3));
}
