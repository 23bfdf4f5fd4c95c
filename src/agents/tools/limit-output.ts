/** The one output limiter of the tools: beginning and end are kept, and what is missing is said between them. */

/** Of a cut text, the part that is its beginning; errors stand at the end of an output, so much of that is kept too. */
const HEAD_SHARE = 0.6;

export function limitOutput(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text;
  const head = text.slice(0, Math.floor(maxChars * HEAD_SHARE)).replace(/[\uD800-\uDBFF]$/, '');
  const tail = text.slice(text.length - (maxChars - head.length)).replace(/^[\uDC00-\uDFFF]/, '');
  const shown = (head.length + tail.length).toLocaleString('en-US');
  return `${head}\n[cut: ${shown} of ${text.length.toLocaleString('en-US')} characters shown]\n${tail}`;
}
