/** PostgreSQL's text and jsonb refuse U+0000, and jsonb refuses lone surrogates: hostile text loses them on its way in. */

/** JSON without what PostgreSQL refuses. Scans first, because nearly every document is clean and some are large. */
export function storableJson(value: unknown): string {
  const json = JSON.stringify(value);
  return /\\u(?:0000|d[89a-f])/i.test(json) ? JSON.stringify(storable(JSON.parse(json))) : json;
}

/** JSON that others wrote, as it is unless PostgreSQL would refuse something in it: such text, or a number beyond its range. */
export function storableBody(json: string): string {
  return /\\u(?:0000|d[89a-f])|\d[Ee][+-]?\d{4}|(?<!\d)\d{1000}/i.test(json)
    ? storableJson(JSON.parse(json))
    : json;
}

export function storableText(text: string): string {
  return text.replaceAll('\u0000', '').toWellFormed();
}

/** At most `maxChars`; what was cut ends in `…`. */
export function boundedText(text: string, maxChars: number): string {
  return storableText(text.length <= maxChars ? text : `${text.slice(0, maxChars - 1)}…`);
}

export function storableTexts(texts: readonly string[]): readonly string[] {
  return texts.map(storableText);
}

function storable(value: unknown): unknown {
  if (typeof value === 'string') return storableText(value);
  if (Array.isArray(value)) return value.map(storable);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [storableText(key), storable(entry)]),
  );
}
