/** Three specialists: two change one line side by side, the third builds upon both. Whose change does not fit makes it anew upon the other's. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Octokit } from '@octokit/rest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONVERSATION_TIMEOUT_MS, type CrewStage, crewStage } from '../../support/crew-stage.ts';
import { agrees, audits, plans, works } from '../../support/scripted-crew.ts';
import { tinyShop } from '../../support/tiny-shop.ts';

const WRITER = 'mona';
const ISSUE = {
  title: 'Delivery at a higher price',
  body: 'Delivery costs 590 cents, and the shop says so.',
};
const FILE = 'lib/price.js';
const OLD = 'DELIVERY = 490;';
const RAISED = 'DELIVERY = 590;';
const TEST = `import assert from 'node:assert/strict';
import { it } from 'node:test';
import { DELIVERY, DELIVERY_TEXT } from '../lib/price.js';

it('says what delivery costs', () => {
  assert.equal(DELIVERY, 590);
  assert.equal(DELIVERY_TEXT, 'Delivery: 5.90');
});
`;

let meeting: string;
let stage: CrewStage;
beforeAll(async () => {
  meeting = await mkdtemp(join(tmpdir(), 'crew-meeting-'));
  stage = await crewStage({
    repositories: [{ name: 'acme/shop', files: tinyShop(), collaborators: { [WRITER]: 'write' } }],
    conversations: [
      plans([
        { role: 'backend', title: 'Raise the price', files: [FILE] },
        { role: 'frontend', title: 'Say what delivery costs', files: [FILE] },
        { role: 'qa', title: 'Test both', depends_on: ['S1', 'S2'] },
      ]),
      works('backend', { edits: [{ path: FILE, from: OLD, to: RAISED }], runs: [meets('S1', 'S2')] }),
      works('frontend', {
        edits: [{ path: FILE, from: OLD, to: "DELIVERY = 490, DELIVERY_TEXT = 'Delivery: 4.90';" }],
        runs: [meets('S2', 'S1')],
      }),
      // Reads what the backend made of the line: an edit of a line that is not there fails.
      works('frontend', {
        says: ['<returned>', `In conflict:\\s+- ?.?${FILE}`],
        edits: [{ path: FILE, from: RAISED, to: "DELIVERY = 590, DELIVERY_TEXT = 'Delivery: 5.90';" }],
        runs: [waits('seen')],
      }),
      works('qa', { writes: { 'test/delivery.test.js': TEST } }),
      agrees(),
      audits(),
    ],
  });
});
afterAll(async () => {
  await stage.close();
  await rm(meeting, { recursive: true, force: true });
});

/** Goes on when somebody has come: specialists that are not at work at the same time would wait for ever. */
function waits(whom: string): string {
  return `until test -e ${meeting}/${whom}; do sleep 0.05; done`;
}

function meets(who: string, whom: string): string {
  return `touch ${meeting}/${who} && ${waits(whom)}`;
}

/** The crew's on a branch, oldest first, as GitHub's API tells of them. */
async function commitsOn(branch: string): Promise<readonly { message: string; verified: boolean }[]> {
  const octokit = new Octokit({ baseUrl: stage.github.apiUrl, auth: await stage.as(WRITER).token() });
  const range = { owner: 'acme', repo: 'shop', basehead: `main...${branch}` };
  const { data } = await octokit.rest.repos.compareCommitsWithBasehead(range);
  return data.commits.map(({ commit }) => ({
    message: commit.message,
    verified: commit.verification?.verified === true,
  }));
}

describe('two specialists who change the same line', { timeout: CONVERSATION_TIMEOUT_MS }, () => {
  it('are brought together in one pull request: one makes its change anew upon the other’s, and the third sees both', async () => {
    const number = await stage.openIssue(WRITER, ISSUE);
    await stage.label(WRITER, number, 'crew:auto');
    const rebasing = await stage.until(async () => {
      const [task] = await stage.tasks(number);
      const progress = task === undefined ? null : await stage.progressOf(number);
      return progress?.includes('rebasing') && progress;
    });
    await writeFile(join(meeting, 'seen'), '');
    await stage.reaches(number, 'done');
    await stage.quiet();

    expect(rebasing).toContain('S2: Say what delivery costs (frontend, rebasing, 1 of 2');
    const { task, subtasks } = await stage.records(number);
    const setbacks = (await stage.store.events.ofTask(task.id)).filter(
      ({ type }) => type === 'subtask.set_back',
    );
    expect(setbacks.map(({ data }) => data)).toMatchObject([{ key: 'S2', cause: 'conflict', files: [FILE] }]);
    expect(subtasks.find(({ key }) => key === 'S2')).toMatchObject({
      role: 'frontend',
      state: 'done',
      dependsOn: ['S1'],
      setbacks: [{ cause: 'conflict', files: [FILE] }],
    });
    expect(await stage.progressOf(number)).toContain('[x] S2: Say what delivery costs (frontend, done');

    const branch = (await stage.pullOf(number)).pull?.head.ref ?? '';
    const folder = await stage.checkoutOf(branch);
    expect(await stage.runIn(folder, 'npm test && ls test/delivery.test.js')).toBe(0);
    expect(await stage.runIn(folder, `grep -q "DELIVERY = 590, DELIVERY_TEXT" ${FILE}`)).toBe(0);
    const commits = await commitsOn(branch);
    expect(commits.map(({ message }) => message.split('\n')[0])).toEqual([
      'Raise the price',
      'Say what delivery costs',
      'Test both',
    ]);
    expect(commits.map(({ message }) => /^Crew-Role: (.*)$/m.exec(message)?.[1])).toEqual([
      'backend',
      'frontend',
      'qa',
    ]);
    const trailers = [`Crew-Task: ${task.id}`, `Co-authored-by: ${WRITER} `];
    expect(commits.filter(({ message }) => !trailers.every((line) => message.includes(line)))).toEqual([]);
    expect(commits.map(({ verified }) => verified)).toEqual([true, true, true]);
    expect(stage.violations()).toEqual([]);
  });
});
