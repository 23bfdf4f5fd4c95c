/** What carries something away from whoever reads a page, or clicks on it without a thought: to hosts with "evil" in their names. */
import { marked } from 'marked';

/** Images, and links elsewhere that do not show where they lead, as a page has them. */
export function carriersIn(markdown: string): readonly string[] {
  const html = marked
    .parse(markdown, { async: false, gfm: true })
    .replace(/<(code|pre)\b[\s\S]*?<\/\1>/g, '');
  const links = [...html.matchAll(/<a href="([^"]*evil[^"]*)"[^>]*>([\s\S]*?)<\/a>/g)];
  const hiding = links
    .filter(([, to = '', shown = '']) => asRead(to) !== asRead(shown))
    .map(([link]) => link);
  return [...(html.match(/<(?:img|picture|source|video|svg)\b[^>]*>/g) ?? []), ...hiding];
}

/** An address, in HTML or in a link, as people read it. */
function asRead(address: string): string {
  const signs: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"' };
  return decodeURI(address.replace(/&(amp|lt|gt|quot);/g, (_, name: string) => signs[name] ?? ''));
}
