// Markdown without what GitHub does not show of it: attributes of tags, titles of links, alternative texts of images, definitions,
// footnotes that nobody refers to, and whatever browsers take for no content. A folded `<details>` is one click away and stays.
import { changeOutsideCode } from '../../core/outside-code.ts';

/** Stand for a `<`, and for a `[` or `!`, that is not in code; of private use, so that no text loses anything by losing them. */
const [TAG, BRACKET, BANG] = ['\uE000', '\uE001', '\uE002'];
const OURS = /[\uE000-\uE002]/g;

/** `<img alt="…" src="…">`: attributes are not seen. Longer ones than that are no tag of anybody's. */
const TAG_WITH_ATTRIBUTES = /\uE000(\/?[a-z][a-z0-9-]{0,40})[\s/][^<>\uE000]{0,4000}(?:>|$)/gi;
const ALTERNATIVE = /\uE002\uE001[^\]]{0,1000}\]/g;
const LINK_TITLE =
  /(\]\(\s{0,10}\uE000?[^\s()<>\uE000]{0,1000}>?)\s{1,20}(?:"[^"]{0,2000}"|'[^']{0,2000}'|\([^()]{0,2000}\))\s{0,10}\)/g;
const DEFINITION =
  /^ {0,3}\uE001(?!\^)[^\]]{1,300}\]:[ \t]{0,20}\n?[ \t]{0,20}\S{1,2000}[ \t]{0,20}(?:\n?[ \t]{0,20}(?:"[^"]{0,2000}"|'[^']{0,2000}'|\([^()]{0,2000}\)))?[ \t]{0,20}$/gm;
const FOOTNOTE = /^ {0,3}\uE001\^([^\]\s]{1,100})\]:[^\n]*(?:\n(?:[ \t]+[^\n]*)?(?=\n|$))*/gm;
const FOOTNOTE_MARK = /\uE001\^([^\]\s]{1,100})\](?!:)/g;

/** What opens something that no browser shows, and what ends it. */
const UNSEEN = [
  [`${TAG}?`, '?>'],
  [`${TAG}${BANG}${BRACKET}CDATA${BRACKET}`, ']]>'],
  [`${TAG}!`, '>'],
] as const;
/** One that opens a line and is never ended is HTML to GitHub all the same, and to a browser a comment up to the next `>`. */
const UNENDED = /^ {0,3}\uE000(?:\?|\uE002\uE001CDATA\uE001|![A-Z])[^>]*>?/gm;

export function withoutUnrendered(markdown: string): string {
  const marked = changeOutsideCode(markdown.replace(OURS, ''), (text) =>
    text
      .replace(/!(?=\[)/g, BANG)
      .replaceAll('[', BRACKET)
      .replaceAll('<', TAG),
  ).text;
  const seen = UNSEEN.reduce((text, [open, end]) => withoutSpans(text, open, end), marked);
  const plain = withoutLooseFootnotes(seen.replace(UNENDED, ''))
    .replace(DEFINITION, '')
    .replace(TAG_WITH_ATTRIBUTES, `${TAG}$1>`)
    .replace(ALTERNATIVE, `${BANG}${BRACKET}]`)
    .replace(LINK_TITLE, '$1)');
  return plain.replaceAll(TAG, '<').replaceAll(BRACKET, '[').replaceAll(BANG, '!');
}

/** One pass, however many are opened. */
export function withoutSpans(text: string, open: string, end: string): string {
  let kept = '';
  let from = 0;
  for (;;) {
    const start = text.indexOf(open, from);
    const stop = start === -1 ? -1 : text.indexOf(end, start + open.length);
    if (stop === -1) return kept + text.slice(from);
    kept += text.slice(from, start);
    from = stop + end.length;
  }
}

function withoutLooseFootnotes(text: string): string {
  const referred = new Set([...text.matchAll(FOOTNOTE_MARK)].map(([, label]) => label?.toLowerCase()));
  return text.replace(FOOTNOTE, (note, label: string) => (referred.has(label.toLowerCase()) ? note : ''));
}
