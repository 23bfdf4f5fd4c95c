import { expect, it } from 'vitest';
import { earlierFindings } from '../../src/orchestrator/earlier-findings.ts';
import { trackedFinding } from '../support/records.ts';

it('earlier findings begin with the open ones and are 200 at most, and that is said', async () => {
  const tracked = Array.from({ length: 201 }, (_, at) =>
    trackedFinding({ fingerprint: `${at}`, state: at < 2 ? 'dismissed' : 'open' }),
  );
  const store = { findings: { ofPull: async () => tracked }, effects: { byKey: async () => null } };
  const workspace = { compare: async () => [] };
  const compared = { of: { repositoryId: 1, number: 3 }, baseSha: 'a', headSha: 'b', files: [], groups: [] };

  const { earlier, problems } = await earlierFindings({ store, workspace }, compared);

  expect(earlier).toHaveLength(200);
  expect(earlier.map(({ finding }) => finding.state).indexOf('dismissed')).toBe(199);
  expect(earlier[199]?.finding.fingerprint).toBe('1');
  expect(problems).toEqual(['1 of 201 earlier findings were not followed: at most 200 are.']);
});
