/**
 * Markdown by a model in a review comment, without suggestion blocks of its own: GitHub would offer to commit them at a click, and
 * nobody has seen that they apply. Pure; the text is hostile and is read in one pass.
 */

/**
 * A line that opens or closes a fence, in lists (of tasks too), quotes and footnotes. Each way to go on begins with another
 * character, so nothing is tried twice. Only the info string of tildes may hold a backtick.
 */
const FENCE = /^((?:[\s>*+\-\d.)]|\[\^[^\]\s]*\]:|\[[ x]\])*)(`{3,}(?=[^`]*$)|~{3,})(.*)$/is;
/** What an info string is written with: escapes and entities could spell anything. */
const PLAIN_LANGUAGE = /^[ \t]*[\w+#.-]+(?=\s|$)/;

/** As long as `text`, or shorter; line breaks become `\n`. */
export function withoutSuggestions(text: string): string {
  return text
    .split(/\r\n?|\n/)
    .map((line) => {
      const [, before = '', fence, info = ''] = FENCE.exec(line) ?? [];
      if (fence === undefined) return line;
      const language = PLAIN_LANGUAGE.exec(info)?.[0].trim() ?? '';
      return `${before}${fence}${/^suggestion/i.test(language) ? '' : language}`;
    })
    .join('\n');
}
