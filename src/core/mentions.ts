/** Makes mentions in Markdown visible but silent, wherever GitHub may see one: the text is hostile. */
import { changeOutsideCode } from './outside-code.ts';

/** `@`, however Markdown or raw HTML (which needs no `;`) lets it be spelt. */
const AT = /@|&#0*64(?:;|(?!\d))|&#x0*40(?:;|(?![\da-f]))|&commat;/.source;
/** `name` or `org/team`; a character of it may be spelt as an entity. */
const NAME = /[a-z\d](?:[a-z\d-]*[a-z\d])?(?:\/[a-z\d][\w.-]*)?|&#?[a-z\d]{1,32};?[\w/-]*/.source;
/** GitHub may drop a tag that it does not know, and what it stood between is joined. `<code>` stays. */
const NAME_BEHIND_TAG = '(?=<(?!code>))';
const MENTION = new RegExp(`(${AT})(${NAME}|${NAME_BEHIND_TAG})`, 'gi');

/**
 * Writes `@name` as `@<code>name</code>`. GitHub looks for a mention in one piece of text outside code, so this notifies
 * nobody; and a tag works beside backslashes and in raw HTML, where backticks would not. In an address `@` becomes `%40`,
 * which leads to the same place. Code (suggestions above all) stays as it is; `also` changes what is none, as well.
 */
export function quietMentions(text: string, also = (line: string): string => line): string {
  return changeOutsideCode(text, (line) => also(line.replace(/\S+/g, quietWord))).text;
}

/**
 * After a letter or digit GitHub sees no mention, so an email address stays. After `_` it does, when that is emphasis; after
 * an entity; and after an email address, of which it makes a link.
 */
function quietWord(word: string): string {
  const address = word.indexOf('://');
  const first = word.search(/[@&]/);
  return word.replace(MENTION, (mention: string, at: string, name: string, offset: number) => {
    if (offset === first && /[a-z\d]/i.test(word.charAt(offset - 1))) return mention;
    if (address !== -1 && address < offset) return `%40${name}`;
    return name === '' ? `<code>${at}</code>` : `${at}<code>${name}</code>`;
  });
}
