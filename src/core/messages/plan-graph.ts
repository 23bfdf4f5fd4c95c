/** A plan's dependencies as a Mermaid flowchart, drawn by GitHub. Its labels hold letters and figures only: nothing in them is syntax. */
import type { PlannedSubtask } from '../answers.ts';
import { shorten } from '../shorten.ts';
import { codeBlock } from './format.ts';

const TITLE_CHARS = 40;
const ROLE_CHARS = 32;
const KEY_CHARS = 8;

/** '' where nothing depends on anything. */
export function planGraph(subtasks: readonly PlannedSubtask[]): string {
  const places = new Map(subtasks.map(({ key }, index) => [key, index]));
  const edges = subtasks.flatMap(({ depends_on }, to) =>
    [...new Set(depends_on)].flatMap((key) => {
      const from = places.get(key);
      return from === undefined ? [] : [`  n${from} --> n${to}`];
    }),
  );
  if (edges.length === 0) return '';
  const nodes = subtasks.map((subtask, index) => `  n${index}["${labelOf(subtask)}"]`);
  return codeBlock(['flowchart LR', ...nodes, ...edges].join('\n'), 'mermaid');
}

function labelOf({ key, role, title }: PlannedSubtask): string {
  const named = `${plain(key, KEY_CHARS)} ${plain(role, ROLE_CHARS)}`;
  const about = plain(title, TITLE_CHARS);
  return about === '' ? named : `${named}: ${about}`;
}

function plain(text: string, limit: number): string {
  const words = text.replace(/[^\p{L}\p{M}\p{N}]+/gu, ' ').trim();
  return shorten(words, limit);
}
