/** Which answers of file tools came from beyond the folder that they are confined to: by where the path leads, and by what was read. */
import { endsBelow } from './ends-below.ts';

export interface ToolAnswer {
  readonly tool: string;
  readonly path: string;
  readonly text: string;
  /** Whether the path led out of the folder when the tool was called; null where it was not the path that was asked for. */
  readonly ledOut: boolean | null;
}

export const isError = ({ text }: Pick<ToolAnswer, 'text'>): boolean => text.startsWith('error: ');

/** To be asked before the call: what a tool makes may change it. */
export async function leadsOut(dir: string, path: string): Promise<boolean> {
  return !(await endsBelow(dir, dir, path));
}

/** Sentences. */
export function escapedAnswers(answers: readonly ToolAnswer[], canary: string): readonly string[] {
  const gaveAway = (text: string) => text.includes(canary) || /root:.*:0:0:/.test(text);
  return answers
    .filter((answer) => gaveAway(answer.text) || (answer.ledOut === true && !isError(answer)))
    .map(({ tool, path, text }) => `${tool} ${JSON.stringify(path)}: ${text.slice(0, 200)}`);
}
