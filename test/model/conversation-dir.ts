/** Conversations written for one test, in a folder of their own that goes away with it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type ModelOptions, type RunningModel, startModel } from '../../demo/model/start-model.ts';
import { API_KEY } from './run-agent.ts';

export const DEMO_CONVERSATIONS = join(import.meta.dirname, '../../demo/conversations');
const REQUEST_SCHEMA = join(import.meta.dirname, '../../../shared/anthropic-request.schema.json');

export async function folderFor(prefix: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `${prefix}-`));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export async function conversationDir(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await folderFor('conversations');
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, `${name}.yaml`), text);
  return folder;
}

/** A model that ends with the test and accepts only the tests' key. */
export async function modelForTest(options: ModelOptions): Promise<RunningModel> {
  const model = await startModel({ apiKey: API_KEY, requestSchemaPath: REQUEST_SCHEMA, ...options });
  onTestFinished(() => model.close());
  return model;
}

/** A model with one conversation that answers any question with "yes". */
export async function yesModel(options: Partial<ModelOptions> = {}): Promise<RunningModel> {
  const conversationsDir = await conversationDir({
    yes: 'about: says yes\nwhen: { job: answer }\nanswer: { answer: "yes" }\n',
  });
  return modelForTest({ conversationsDir, ...options });
}
