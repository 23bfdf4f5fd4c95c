/** A specialist in the middle of a long command: it is told something, it is stopped, and what was done before is kept. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONVERSATION_TIMEOUT_MS, type CrewStage, crewStage } from '../../support/crew-stage.ts';
import { isAlive } from '../../support/is-alive.ts';
import { agrees, audits, plans, works } from '../../support/scripted-crew.ts';
import { moduleWithTest, tinyShop } from '../../support/tiny-shop.ts';

/** Twice what people are promised: other tests have the machine at the same time. */
const STOPPED_WITHIN_MS = 10_000;
const WRITER = 'mona';
const STRANGER = 'merci';
const GIFTS = { title: 'Gifts of the shop', body: 'A gift is wrapped, and counted.' };
const HINTS = { title: 'Hints of the shop', body: 'A hint is short.' };
const WORD = 'Forty letters are enough.';
const CANARY = 'SELL-IT-ALL';
const MAIL = `<message from=\\"${WRITER}\\">\\n${WORD}\\n</message>`;

let signs: string;
let stage: CrewStage;
beforeAll(async () => {
  signs = await mkdtemp(join(tmpdir(), 'crew-signs-'));
  stage = await crewStage({
    repositories: [{ name: 'acme/shop', files: tinyShop(), collaborators: { [WRITER]: 'write' } }],
    conversations: [
      plans(
        [
          { role: 'backend', title: 'Wrap gifts' },
          { role: 'qa', title: 'Count gifts', depends_on: ['S1'] },
        ],
        { says: GIFTS.title },
      ),
      works('backend', { says: GIFTS.title, writes: moduleWithTest('gift', 'wrapped') }),
      works('qa', { says: GIFTS.title, writes: moduleWithTest('gifts', 3), runs: [longCommand('gifts')] }),
      plans([{ role: 'qa', title: 'Give hints' }], { says: HINTS.title }),
      works('qa', {
        says: HINTS.title,
        writes: moduleWithTest('hint', 'short'),
        runs: [longCommand('hints')],
      }),
      agrees(),
      audits(),
    ],
  });
});
afterAll(async () => {
  await stage.close();
  await rm(signs, { recursive: true, force: true });
});

/** Writes its process down and runs until it is let go; let go already, it ends at once. */
function longCommand(name: string): string {
  return `echo $$ > ${signs}/${name}.pid; until test -e ${signs}/${name}.go; do sleep 0.1; done`;
}

function inLongCommand(name: string): Promise<number> {
  return stage.until(async () => {
    const written = await readFile(join(signs, `${name}.pid`), 'utf8').catch(() => '');
    return Number(written) || null;
  });
}

const letGo = (name: string): Promise<void> => writeFile(join(signs, `${name}.go`), '');

async function requested(issue: typeof GIFTS): Promise<number> {
  const number = await stage.openIssue(WRITER, issue);
  await stage.label(WRITER, number, 'crew:auto');
  return number;
}

/** Of the crew's answers, when there are so many. */
function answered(number: number, count: number): Promise<readonly string[]> {
  return stage.until(async () => {
    const answers = await stage.answers(number);
    return answers.length >= count && answers;
  });
}

describe('a specialist in the middle of a long command', { timeout: CONVERSATION_TIMEOUT_MS }, () => {
  it('ends with it at /crew stop, which says what is kept; /crew retry goes on from there', async () => {
    const number = await requested(GIFTS);
    const pid = await inLongCommand('gifts');
    const refs = (await stage.snapshot()).refs;
    await stage.say(STRANGER, number, '/crew stop');
    const [refused] = await answered(number, 1);
    const aliveBefore = isAlive(pid);
    const saidAtMs = Date.now();
    await stage.say(WRITER, number, '/crew stop');
    await stage.until(async () => !isAlive(pid));
    const tookMs = Date.now() - saidAtMs;
    await stage.reaches(number, 'stopped');
    await stage.quiet();
    const stopped = await stage.progressOf(number);
    const after = await stage.snapshot();
    await letGo('gifts');
    await stage.say(WRITER, number, '/crew retry');
    await stage.quiet();
    await stage.reaches(number, 'done');

    expect(refused).toContain('`/crew stop` is for people with write access');
    expect(aliveBefore).toBe(true);
    expect(tookMs).toBeLessThan(STOPPED_WITHIN_MS);
    expect(stopped).toContain('**Stopped.**');
    expect(stopped).toContain(`Stopped by ${WRITER}.`);
    expect(stopped).toContain('The work of 1 subtask is kept for `/crew retry`: S1 (backend).');
    expect(stopped).toContain('No branch was pushed.');
    expect(after.refs).toEqual(refs);
    expect(after.pulls).toEqual([]);
    expect(await stage.tasks(number)).toHaveLength(1);
    const begun = await begunSubtasks(number);
    expect(begun.filter((key) => key === 'S1')).toHaveLength(1);
    expect(begun.filter((key) => key === 'S2')).toHaveLength(2);
    const folder = await stage.checkoutOfPull(number);
    expect(await stage.runIn(folder, 'npm test && ls lib/gift.js lib/gifts.js')).toBe(0);
    expect(stage.violations()).toEqual([]);
  });

  it('hears a writer before its next model call, and a second request meanwhile is refused with the reason', async () => {
    const number = await requested(HINTS);
    await inLongCommand('hints');
    const before = stage.requests().length;
    await stage.say(STRANGER, number, `/crew tell qa: ${CANARY}`);
    await answered(number, 1);
    await stage.say(WRITER, number, `/crew tell qa: ${WORD}`);
    await answered(number, 2);
    await stage.say(WRITER, number, '/crew run');
    await answered(number, 3);
    await stage.label(WRITER, number, 'crew');
    const answers = await answered(number, 4);
    const during = stage.requests().length;
    await letGo('hints');
    await stage.reaches(number, 'done');
    await stage.quiet();

    expect(answers).toEqual([
      expect.stringContaining('`/crew tell` is for people with write access'),
      expect.stringContaining('Passed on. S1 (qa): read before the next model call.'),
      expect.stringContaining(
        'The crew works on this already (implement, working). `/crew stop` ends that first.',
      ),
      expect.stringContaining('so the label started nothing new. `/crew tell <text>` steers it'),
    ]);
    expect(await stage.tasks(number)).toHaveLength(1);
    const requests = stage.requests();
    expect(during).toBe(before);
    expect(requests.slice(0, during).some((body) => body.includes(WORD))).toBe(false);
    expect(requests[during]).toContain(MAIL);
    expect(requests.some((body) => body.includes(CANARY))).toBe(false);
    const folder = await stage.checkoutOfPull(number);
    expect(await stage.runIn(folder, 'npm test && ls lib/hint.js')).toBe(0);
    expect(stage.violations()).toEqual([]);
  });
});

/** A key for each time that a subtask was taken up. */
async function begunSubtasks(number: number): Promise<readonly unknown[]> {
  const { id } = await stage.task(number);
  const events = await stage.store.events.ofTask(id);
  return events.flatMap(({ type, data }) => (type === 'subtask.running' ? [data.key] : []));
}
