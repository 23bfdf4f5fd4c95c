import { expect, it } from 'vitest';
import { UserError } from '../../src/core/errors.ts';
import { verify } from '../../src/orchestrator/verify.ts';
import { implementTask, recordsOf, subtask } from '../support/records.ts';

const job = subtask({ key: 'verify', kind: 'verify', role: 'qa' });
const records = recordsOf(implementTask(), { subtasks: [job] });

function verifyWith(error: Error) {
  const workspaces = { open: () => Promise.reject(error) };
  const options = { workspaces, redact: async (text: string) => text };
  return verify(options, records, job, new AbortController().signal);
}

it('what else the repository cannot do is no conflict', async () => {
  await expect(verifyWith(new UserError('the base is gone'))).rejects.toThrow('the base is gone');
});
