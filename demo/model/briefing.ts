/** What the crew asked: role, job and context, read out of the first user message as the briefing writes it. */
import { type DiffLine, parseAnnotatedDiff, unescapeAttribute } from './annotated-diff.ts';
import type { Parts } from './fill-in.ts';
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
  /** What scripts may answer one by one: `candidates`, and `earlier`, the open findings that are this role's to judge. */
  readonly lists: Readonly<Record<'candidates' | 'earlier', readonly Parts[]>>;
}

export function readBriefing({ messages }: CountRequest): Briefing {
  const texts = blocksOf(messages[0]?.content ?? '').flatMap((block) =>
    block.type === 'text' ? [String(block.text)] : [],
  );
  const own = texts.at(-1) ?? '';
  const prompt = texts.join('\n');
  const job = lastTag(own, 'job');
  const role = lastTag(own, 'role')?.attributes.name ?? '(none)';
  return {
    role,
    job: job?.attributes.kind ?? '(none)',
    prompt,
    asked: `${firstTag(prompt, 'question')?.inner ?? ''}\n${own.replace(/<role [\s\S]*?<\/role>/, '')}`,
    diff: () => parseAnnotatedDiff(prompt),
    facts: facts(prompt, own),
    lists: {
      candidates: allTags(own, 'candidate').map(partsOf),
      earlier: allTags(prompt, 'earlier_finding')
        .map(partsOf)
        .filter((finding) => isToJudge(finding, role)),
    },
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
  finding: ['title', 'body'],
  thread: [],
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

/** Attributes and children of a section of which there may be several. */
function partsOf({ attributes, inner }: Tag): Parts {
  const child = (name: string) => firstTag(inner, name)?.inner.trim() ?? '';
  return { ...attributes, title: child('title'), body: child('body') };
}

function isToJudge({ state, reread, roles }: Parts, role: string): boolean {
  return state === 'open' && reread === 'true' && String(roles).split(', ').includes(role);
}

function allTags(text: string, name: string): readonly Tag[] {
  return [...text.matchAll(new RegExp(`<${name}((?: [a-z_]+="[^"]*")*)>`, 'g'))].map((match) =>
    tagAt(text, name, match),
  );
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
  return allTags(text, name).at(-1);
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
