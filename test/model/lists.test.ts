import { describe, expect, it } from 'vitest';
import { conversationDir, folderFor, modelForTest } from './conversation-dir.ts';
import { refusal, runAgent } from './run-agent.ts';

const candidate = (id: string, severity: string, title: string) =>
  `<candidate id="${id}" roles="backend" path="a.js" line="3" severity="${severity}" category="x"><title>${title}</title><body>b</body></candidate>`;
const earlier = (id: string, roles: string, state: string, reread: boolean, title: string) =>
  `<earlier_finding id="${id}" roles="${roles}" path="a.js" line="3" severity="high" state="${state}" reread="${reread}"><title>${title}</title></earlier_finding>`;

const REFUTES = `about: refutes
when: { job: refute }
answer:
  verdicts:
    $each: candidates
    $value: { id: '{{ item.id }}', verdict: confirmed, severity: '{{ item.severity }}', reason: '{{ item.title }} holds' }
    $except:
      - title: ^Unsure
        $value: { id: '{{ item.id }}', verdict: refuted, severity: low, reason: no }
`;

const REVIEWS = `about: reviews
when: { job: review }
take: { fault: { diff: 'eval\\(', optional: true } }
answer:
  summary: s
  findings: []
  earlier:
    $each: earlier
    $value: { id: '{{ item.id }}', verdict: stands, reason: r }
    $except:
      - { title: eval, unless: fault, $value: { id: '{{ item.id }}', verdict: fixed, reason: gone } }
`;

async function answered<J extends 'review' | 'refute'>(job: J, script: string, told: string) {
  const model = await modelForTest({ conversationsDir: await conversationDir({ script }) });
  const where = job === 'refute' ? { context: '<repository name="a/b">', asked: told } : { context: told };
  return runAgent({ url: model.url, role: 'backend', job, workdir: await folderFor('work'), ...where });
}

const diff = (line: string) =>
  `<diff>\n<file path="a.js" old_path="a.js" status="modified" read="full">\n@@ -1 +1 @@\n|1|+${line}\n</file>\n</diff>`;

describe('answers to a list', () => {
  it('give one item for each candidate, and the exception where the title matches', async () => {
    const told = `${candidate('C1', 'high', 'Real')}\n${candidate('C2', 'medium', 'Unsure fault')}`;

    const { verdicts } = await answered('refute', REFUTES, told);

    expect(verdicts).toEqual([
      { id: 'C1', verdict: 'confirmed', severity: 'high', reason: 'Real holds' },
      { id: 'C2', verdict: 'refuted', severity: 'low', reason: 'no' },
    ]);
  });

  it("judge the open findings that are the role's own and whose file was read again", async () => {
    const told = [
      earlier('E1', 'backend, security', 'open', true, 'Calls eval on input'),
      earlier('E2', 'backend', 'dismissed', true, 'Dismissed'),
      earlier('E3', 'security', 'open', true, "Another's"),
      earlier('E4', 'backend', 'open', false, 'Not read again'),
      earlier('E5', 'backend', 'open', true, 'Another'),
    ].join('\n');

    const mended = await answered('review', REVIEWS, `${told}\n${diff('parse(input)')}`);
    const standing = await answered('review', REVIEWS, `${told}\n${diff('eval(input)')}`);

    expect(mended.earlier.map(({ id, verdict }) => `${id} ${verdict}`)).toEqual(['E1 fixed', 'E5 stands']);
    expect(standing.earlier.map(({ id, verdict }) => `${id} ${verdict}`)).toEqual(['E1 stands', 'E5 stands']);
  });

  it('are refused for a list that is none, by its name', async () => {
    const script = REFUTES.replace('$each: candidates', '$each: issue.title');

    expect(await refusal(answered('refute', script, ''))).toMatch(/\$each: "issue\.title" is no list/);
  });
});
