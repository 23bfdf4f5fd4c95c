/** What the crew asked: role, job and context, read out of the first user message as the briefing writes it. */
import { type DiffLine, parseAnnotatedDiff, unescapeAttribute } from './annotated-diff.ts';
import { blocksOf, type CountRequest } from './messages-request.ts';

export interface Briefing {
  readonly role: string;
  readonly job: string;
  /** All of the first user message. */
  readonly prompt: string;
  /** What the role was asked: a question, if there is one, and the last text block without the mandate. */
  readonly asked: string;
  /** The annotated diff; throws ScriptFailure when it is not in the form that the crew agreed on. */
  readonly diff: () => readonly DiffLine[];
  /** What scripts may quote, such as `issue.title`. */
  readonly facts: Readonly<Record<string, string>>;
}

export function readBriefing({ messages }: CountRequest): Briefing {
  const texts = blocksOf(messages[0]?.content ?? '').flatMap((block) =>
    block.type === 'text' ? [String(block.text)] : [],
  );
  const own = texts.at(-1) ?? '';
  const prompt = texts.join('\n');
  const job = lastTag(own, 'job');
  return {
    role: lastTag(own, 'role')?.attributes.name ?? '(none)',
    job: job?.attributes.kind ?? '(none)',
    prompt,
    asked: `${firstTag(prompt, 'question')?.inner ?? ''}\n${own.replace(/<role [\s\S]*?<\/role>/, '')}`,
    diff: () => parseAnnotatedDiff(prompt),
    facts: facts(prompt, own),
  };
}

interface Tag {
  readonly attributes: Readonly<Record<string, string>>;
  readonly inner: string;
}

/** Sections whose attributes and children scripts may quote, and the children that each has. */
const SECTIONS = {
  question: [],
  repository: [],
  issue: ['title', 'body'],
  pull_request: ['title', 'body'],
} as const satisfies Record<string, readonly string[]>;

function facts(prompt: string, own: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name, children] of Object.entries(SECTIONS)) {
    const section = firstTag(prompt, name);
    if (!section) continue;
    addTag(found, name, section);
    for (const child of children) {
      const inner = firstTag(section.inner, child)?.inner;
      if (inner !== undefined) found[`${name}.${child}`] = inner.trim();
    }
  }
  for (const name of ['role', 'job', 'subtask']) {
    const tag = lastTag(own, name) ?? firstTag(prompt, name);
    if (tag) addTag(found, name, tag);
  }
  return found;
}

function addTag(found: Record<string, string>, name: string, tag: Tag): void {
  for (const [key, value] of Object.entries(tag.attributes)) found[`${name}.${key}`] = value;
  found[`${name}.text`] = tag.inner.trim();
}

function firstTag(text: string, name: string): Tag | undefined {
  const match = new RegExp(`<${name}((?: [a-z_]+="[^"]*")*)>`).exec(text);
  return match ? tagAt(text, name, match) : undefined;
}

function lastTag(text: string, name: string): Tag | undefined {
  const match = [...text.matchAll(new RegExp(`<${name}((?: [a-z_]+="[^"]*")*)>`, 'g'))].at(-1);
  return match ? tagAt(text, name, match) : undefined;
}

function tagAt(text: string, name: string, match: RegExpExecArray): Tag {
  const from = match.index + match[0].length;
  const end = text.indexOf(`</${name}>`, from);
  const attributes: Record<string, string> = {};
  for (const [, key = '', value = ''] of (match[1] ?? '').matchAll(/([a-z_]+)="([^"]*)"/g)) {
    attributes[key] = unescapeAttribute(value);
  }
  return { attributes, inner: end < 0 ? text.slice(from) : text.slice(from, end) };
}
