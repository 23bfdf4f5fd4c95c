/**
 * Links to other hosts in what an agent wrote, made text that shows where they lead: a name that is clicked without a thought may
 * carry what was read in its query. Nothing on GitHub leads elsewhere by itself. Pure.
 */

/** As far as nothing else can begin in it; also the target of a link that begins with two slashes. */
const ADDRESS =
  /(?:https?|ftp):\/\/[^\s<>`()[\]]+|\bwww\.[^\s<>`()[\]]+|(?<=\]\(\s{0,9}<?)\/\/[^\s<>`()[\]]+/gi;
const OWN = /^https:\/\/github\.com(?:[/?#]|$)/i;
/** Closes what stands around an address, and is no part of it. */
const BEHIND = '.,;:!?\'"*_~}';

/**
 * `text`: outside code, of one line at most. `<code>` keeps an address from being the target of a link, and an entity in it
 * from being found as one.
 */
export function showForeignLinks(text: string): string {
  return text.replace(ADDRESS, (found) => {
    if (OWN.test(found)) return found;
    let end = found.length;
    while (BEHIND.includes(found.charAt(end - 1))) end -= 1;
    const [address, behind] = [found.slice(0, end), found.slice(end)];
    const shown = address
      .replace(/[&:]/g, (sign) => (sign === '&' ? '&amp;' : '&#58;'))
      .replace(/^www\./i, 'www&#46;');
    return `<code>${shown}</code>${behind}`;
  });
}
