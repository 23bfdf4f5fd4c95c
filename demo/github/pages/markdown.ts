// Markdown as GitHub shows it, from authors who are not trusted: parsed, then reduced to harmless elements.
import { raw } from 'hono/html';
import { Marked } from 'marked';
import sanitize from 'sanitize-html';

const marked = new Marked({ gfm: true, breaks: true, async: false });

const allowed: sanitize.IOptions = {
  allowedTags: [...sanitize.defaults.allowedTags, 'details', 'summary', 'del', 'ins', 'input', 'img'],
  allowedAttributes: {
    a: ['href', 'title'],
    code: ['class'],
    details: ['open'],
    img: ['src', 'alt', 'title'],
    input: ['type', 'checked', 'disabled'],
    td: ['align'],
    th: ['align'],
  },
  allowedSchemes: ['http', 'https', 'mailto'],
  transformTags: { input: sanitize.simpleTransform('input', { type: 'checkbox', disabled: 'disabled' }) },
};

/** HTML comments, scripts, styles and handlers do not survive; `<details>` does. */
export function markdown(text: string | null): ReturnType<typeof raw> {
  return raw(sanitize(String(marked.parse(text ?? '')), allowed));
}
