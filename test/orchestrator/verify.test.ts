import { expect, it } from 'vitest';
import { ConflictError, UserError } from '../../src/core/errors.ts';
import { verify } from '../../src/orchestrator/verify.ts';
import { implementTask, recordsOf, subtask } from '../support/records.ts';

const job = subtask({ key: 'verify', kind: 'verify', role: 'qa' });
const records = recordsOf(implementTask(), { subtasks: [job] });

function verifyWith(error: Error) {
  const workspaces = { open: () => Promise.reject(error) };
  const options = { workspaces, redact: async (text: string) => text };
  return verify(options, records, job, new AbortController().signal);
}

it('patches that contradict each other are a conflict, with the words that name the subtask and the files', async () => {
  const message = 'The change of S2 does not fit what is there: it conflicts in `a.txt`.';

  const outcome = await verifyWith(new ConflictError(message, { subtaskKey: 'S2', files: ['a.txt'] }));

  expect(outcome).toEqual({ kind: 'failed', cause: 'conflict', message });
});

it('what else the repository cannot do is no conflict', async () => {
  await expect(verifyWith(new UserError('the base is gone'))).rejects.toThrow('the base is gone');
});
