/** The words of a task: from the command line, a file or standard input. */
import { open } from 'node:fs/promises';
import { ConfigError, errorMessage } from '../core/errors.ts';

export interface TaskWords {
  readonly title: string;
  /** All of it, the title too where it was cut. */
  readonly body: string;
}

const TASK_MAX_CHARS = 40_000;
/** As UTF-8 has them at most. */
const TASK_MAX_BYTES = 4 * TASK_MAX_CHARS;
const TITLE_MAX_CHARS = 200;

/** Exactly one of `text` and `file` is given; `-` is standard input. Throws ConfigError. */
export async function readTask(text: string | null, file: string | null): Promise<TaskWords> {
  if ((text === null) === (file === null)) {
    throw new ConfigError('What is to be done? Give it in quotes, or a file with --task-file, not both.');
  }
  const said = text ?? (await readWords(file ?? '-'));
  if (said.length > TASK_MAX_CHARS) {
    throw new ConfigError(`The task has more than ${TASK_MAX_CHARS} characters. Shorten it.`);
  }
  const words = said.toWellFormed().trim();
  if (words === '') throw new ConfigError('The task is empty. Say what is to be done.');
  const [first = '', ...rest] = words.split('\n');
  const title = first.replace(/^#+\s+/, '').trim();
  if (title.length <= TITLE_MAX_CHARS) return { title, body: rest.join('\n').trim() };
  return { title: `${title.slice(0, TITLE_MAX_CHARS - 1).toWellFormed()}…`, body: words };
}

async function readWords(file: string): Promise<string> {
  try {
    return file === '-' ? await readAll(process.stdin) : await readFileOf(file);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError(`--task-file: ${file} cannot be read: ${errorMessage(error)}`, { cause: error });
  }
}

async function readFileOf(file: string): Promise<string> {
  const handle = await open(file);
  try {
    return await readAll(handle.createReadStream({ autoClose: false }));
  } finally {
    await handle.close();
  }
}

async function readAll(stream: AsyncIterable<Buffer | string>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    const read = Buffer.from(chunk);
    bytes += read.length;
    if (bytes > TASK_MAX_BYTES) {
      throw new ConfigError(`The task has more than ${TASK_MAX_CHARS} characters. Shorten it.`);
    }
    chunks.push(read);
  }
  return Buffer.concat(chunks).toString('utf8');
}
