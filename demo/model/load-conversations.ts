/** Reads every conversation file of a folder; a fault in one is reported with its file and line, all of them at once. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import { type Conversation, conversationSchema } from './conversation-format.ts';

const MAX_FILES = 200;

export async function loadConversations(dir: string): Promise<Conversation[]> {
  const entries = await readdir(dir, { recursive: true });
  const files = entries.filter((name) => /\.ya?ml$/.test(name)).toSorted();
  if (files.length > MAX_FILES) throw new Error(`${dir}: more than ${MAX_FILES} conversations`);
  const read = await Promise.all(
    files.map(async (file) =>
      parseConversation(join(dir, file), await readFile(join(dir, file), 'utf8'), file),
    ),
  );
  const faults = read.flatMap((one) => ('faults' in one ? one.faults : []));
  if (faults.length > 0) throw new Error(`conversations cannot be read:\n${faults.join('\n')}`);
  return read.flatMap((one) => ('conversation' in one ? [one.conversation] : []));
}

type Parsed = { readonly conversation: Conversation } | { readonly faults: readonly string[] };

function parseConversation(path: string, text: string, file: string): Parsed {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    return {
      faults: document.errors.map((error) => `${path}:${lines.linePos(error.pos[0]).line}: ${error.message}`),
    };
  }
  const result = conversationSchema.safeParse(document.toJS());
  if (result.success) {
    return { conversation: { ...result.data, name: file.replace(/\.ya?ml$/, '') } };
  }
  const faults = result.error.issues.map((issue) => {
    const line = lineOf(document, lines, issue.path);
    return `${path}:${line}: ${issue.path.join('.') || 'file'}: ${issue.message}`;
  });
  return { faults };
}

/** The line of the deepest node on the path that the document really has. */
function lineOf(
  document: ReturnType<typeof parseDocument>,
  lines: LineCounter,
  path: readonly PropertyKey[],
): number {
  for (let depth = path.length; depth >= 0; depth -= 1) {
    const node = document.getIn(path.slice(0, depth), true);
    if (typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range)) {
      return lines.linePos(Number(node.range[0])).line;
    }
  }
  return 1;
}
