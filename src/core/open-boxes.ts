/**
 * Follows HTML tags through a Markdown text and says what stands between them. A blank line ends HTML for Markdown, but
 * not for a browser: what follows `<div hidden>` stays hidden until `</div>`. Pure; the text is hostile.
 */

/** `<details open>`, `</details>`; attributes may hold `>` in quotes, and one that never ends opens all the same. */
const TAG = /<(\/?)([a-z][a-z0-9-]*)(?:(?:"[^"]*"|'[^']*'|[^'">]){0,1000}>)?/gi;
const COMMENT = /<!--[\s\S]*?(?:-->|$)/g;

/**
 * Elements that can fold, hide, quote or strike what they hold. Left out are those without content, those that a browser
 * closes by itself (`p`, `li`, `td`), those that only dress text (`b`), and what is none: `Array<string>` opens nothing.
 */
const BOXES: ReadonlySet<string> = new Set(
  (
    'address article aside audio blockquote body button canvas center code del details dfn dialog div dl fieldset ' +
    'figcaption figure footer form frameset h1 h2 h3 h4 h5 h6 head header hgroup html iframe kbd legend main map math ' +
    'menu meter nav noframes noscript object ol output picture pre progress q ruby s samp script search section select ' +
    'span strike style summary svg table template textarea time title tt ul var video xmp'
  ).split(' '),
);

export class OpenBoxes {
  /** What stood between a tag and its end, tags included; offsets in the text. */
  readonly closed: { readonly start: number; readonly end: number }[] = [];
  readonly #open: string[] = [];
  #since = 0;

  get depth(): number {
    return this.#open.length;
  }

  /** A piece of HTML that stands from `start` to `end`. */
  read(html: string, start: number, end: number): void {
    for (const [, slash, name = ''] of html.replace(COMMENT, '').matchAll(TAG)) {
      const box = name.toLowerCase();
      if (!BOXES.has(box)) continue;
      if (slash === '') {
        if (this.depth === 0) this.#since = start;
        this.#open.push(box);
      } else {
        const at = this.#open.lastIndexOf(box);
        if (at >= 0) this.closeTo(at, end);
      }
    }
  }

  /** Whatever was opened at `depth` or deeper ends at `end`. */
  closeTo(depth: number, end: number): void {
    if (this.depth <= depth) return;
    this.#open.length = depth;
    if (depth === 0) this.closed.push({ start: this.#since, end });
  }
}
