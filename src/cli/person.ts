/** Whoever sits at the terminal: is asked, a line at a time, and answers or goes away. */
import { createInterface } from 'node:readline';

export interface Person {
  /** Null when there is nobody any more. Throws the signal's reason when it aborts. */
  ask(prompt: string): Promise<string | null>;
  close(): void;
}

/** More is cut: nobody types it. */
const ANSWER_MAX_CHARS = 8_000;

export function personAt(
  { input, output }: { readonly input: NodeJS.ReadableStream; readonly output: NodeJS.WritableStream },
  signal: AbortSignal,
): Person {
  // Lines may come before they are asked for; the iterator keeps them.
  const lines = createInterface({ input, terminal: false });
  const answers = lines[Symbol.asyncIterator]();
  const aborted = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  aborted.catch(() => {});
  return {
    async ask(prompt) {
      output.write(prompt);
      const { value, done } = await Promise.race([answers.next(), aborted]);
      return done === true ? null : value.slice(0, ANSWER_MAX_CHARS).toWellFormed().trim();
    },
    close: () => lines.close(),
  };
}
