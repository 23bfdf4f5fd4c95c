/**
 * Markdown by a model in a review comment, without suggestion blocks of its own: GitHub would offer to commit them at a click, and
 * nobody has seen that they apply. Pure.
 */

/** A line that opens or closes a fence, in lists and quotes too. */
const FENCE = /^([\s>*+\-\d.)]*)(`{3,}|~{3,})([^\n`]*)$/gm;
/** What an info string is written with: escapes and entities could spell anything. */
const PLAIN_LANGUAGE = /^[ \t]*[\w+#.-]+(?=\s|$)/;

export function withoutSuggestions(text: string): string {
  return text.replace(FENCE, (_, before: string, fence: string, info: string) => {
    const language = PLAIN_LANGUAGE.exec(info)?.[0].trim() ?? '';
    return `${before}${fence}${/^suggestion/i.test(language) ? '' : language}`;
  });
}
