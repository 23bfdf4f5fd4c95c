/** Pieces of the crew's sentences: hostile text made safe inside Markdown, amounts and times as people read them. */

/** One line of Markdown text: no line breaks, no table or link syntax, at most `limit` characters. */
export function inlineText(text: string, limit: number): string {
  const flat = text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  const cut = flat.length > limit ? `${flat.slice(0, limit - 1)}…` : flat;
  return cut.replace(/[\\`*_[\]<>|~#]/g, '\\$&');
}

/** Inline code, whatever backticks are inside. */
export function code(text: string): string {
  const flat = text.replace(/[\r\n]+/g, ' ');
  const longest = Math.max(0, ...(flat.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  const pad = flat.startsWith('`') || flat.endsWith('`') ? ' ' : '';
  return `${fence}${pad}${flat}${pad}${fence}`;
}

/** A fenced block that its content cannot close. */
export function codeBlock(text: string, language = ''): string {
  const longest = Math.max(2, ...(text.match(/`{3,}/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text.replace(/\n$/, '')}\n${fence}`;
}

/**
 * Markdown by a model, shown as it is but unable to hide text, give commands or close our own folds. At most `limit`
 * characters, the cut stated. Code is left alone. Mentions are made silent where everything leaves, in the publisher.
 */
export function modelText(text: string, limit: number): string {
  const shown =
    text.length > limit
      ? `${text.slice(0, limit)}\n\n_(cut: ${limit} of ${text.length} characters shown)_`
      : text;
  const parts = shown.split(/(^```[\s\S]*?^```[^\n]*$|`[^`\n]+`)/m);
  const safe = parts.map((part, index) => (index % 2 === 1 ? part : harmless(part))).join('');
  const openFence = (safe.match(/^\s*```/gm) ?? []).length % 2 === 1;
  return openFence ? `${safe}\n\`\`\`` : safe;
}

function harmless(text: string): string {
  return text
    .replace(/<!--|-->/g, '')
    .replace(/<(?=[/a-z!?])/gi, '&lt;')
    .replace(/^(\s*)\/crew/gim, '$1\\/crew');
}

export function folded(summary: string, body: string): string {
  return `<details>\n<summary>${summary}</summary>\n\n${body}\n\n</details>`;
}

export function usd(amount: number): string {
  return amount > 0 && amount < 0.01 ? 'under $0.01' : `$${amount.toFixed(2)}`;
}

export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes} min ${seconds % 60} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export function count(amount: number, one: string, many = `${one}s`): string {
  return `${amount} ${amount === 1 ? one : many}`;
}
