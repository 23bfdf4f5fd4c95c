import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadHiveMind } from '../../src/agents/hive-mind.ts';
import { loadRoles, shippedRolesDir } from '../../src/agents/roles.ts';
import { FrontMatterError } from '../../src/core/front-matter.ts';
import { ownsPath, parseRole, type Role } from '../../src/core/roles.ts';

const CREW: readonly (readonly [name: string, title: string, tier: 1 | 2])[] = [
  ['architect', 'System Architect', 1],
  ['backend', 'Backend Specialist', 2],
  ['database', 'Database Architect', 2],
  ['devops', 'DevOps Engineer', 2],
  ['frontend', 'Frontend Specialist', 2],
  ['qa', 'QA Engineer', 2],
  ['security', 'Security Engineer', 2],
  ['strategist', 'Project Strategist', 1],
];

const ROLE_LINES = [
  '---',
  'name: docs',
  'title: Technical Writer',
  'tier: 2',
  'purpose: Keeps the documentation true.',
  'produces: [work, review]',
  'tools: [read, edit]',
  'skills: []',
  "paths: ['docs/**', '!docs/generated/**']",
  'limits:',
  '  max_turns: 20',
  '  max_output_tokens: 8000',
  '  max_minutes: 10',
  '  max_cost_usd: 1.5',
  '---',
  '',
  'Write for the reader.',
];
const roleText = (change: (line: string) => string | null = (line) => line): string =>
  ROLE_LINES.map(change)
    .filter((line) => line !== null)
    .join('\n');

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'crew-roles-'));
});
afterEach(async () => {
  await rm(dir, { recursive: true });
});

function problemsOf(text: string, fileName = 'docs.md') {
  try {
    parseRole(text, fileName);
  } catch (error) {
    if (error instanceof FrontMatterError) return error.problems;
    throw error;
  }
  return [];
}

describe('the shipped crew', () => {
  it('is the eight specialists with their titles and tiers', async () => {
    const roles = await loadRoles([shippedRolesDir]);

    expect([...roles.values()].map((role) => [role.name, role.title, role.tier])).toEqual(CREW);
  });

  it('has in every mandate 40 to 90 lines, what it never does, and a section for each kind of result', async () => {
    for (const role of (await loadRoles([shippedRolesDir])).values()) {
      const lines = role.mandate.split('\n');
      expect(lines.length, role.name).toBeGreaterThanOrEqual(40);
      expect(lines.length, role.name).toBeLessThanOrEqual(90);
      expect(role.mandate, role.name).toMatch(/never/i);
      const described = [...role.mandate.matchAll(/^- \*\*(plan|amend|work|review|answer|audit)\*\*/gm)].map(
        (m) => m[1],
      );
      expect(described, role.name).toEqual(role.produces);
    }
  });

  it('consists of eight different texts, not one text with the names changed', async () => {
    const roles = [...(await loadRoles([shippedRolesDir])).values()];

    const tooClose = pairsOf(roles)
      .map(([a, b]) => ({ pair: `${a.name}/${b.name}`, shared: similarity(a.mandate, b.mandate) }))
      .filter(({ shared }) => shared > 0.05);

    expect(tooClose).toEqual([]);
  });

  it('names only skills that exist', async () => {
    const hiveMind = await loadHiveMind(join(import.meta.dirname, '../../hive-mind'));
    const known = new Set(hiveMind.skills.map((skill) => skill.name));

    const named = [...(await loadRoles([shippedRolesDir])).values()].flatMap((role) => role.skills);

    expect(named.filter((name) => !known.has(name))).toEqual([]);
    expect([...known].filter((name) => !named.includes(name))).toEqual([]);
  });
});

describe('who reviews which file', () => {
  it.each([
    ['src/orders/total.ts', ['backend']],
    ['internal/billing/invoice.go', ['backend']],
    ['src/authors.ts', ['backend']],
    ['src/domain/oracle.ts', ['backend']],
    ['src/auth/session.ts', ['backend', 'security']],
    ['src/routes/orders.ts', ['backend', 'security']],
    ['app/controllers/orders_controller.rb', ['backend', 'security']],
    ['src/components/cart.tsx', ['frontend']],
    ['src/hooks/use-cart.ts', ['frontend']],
    ['web/styles/main.css', ['frontend']],
    ['src/components/login-form.tsx', ['frontend', 'security']],
    ['migrations/0004_add_total.sql', ['database']],
    ['db/migrate/20260101_add_total.rb', ['database']],
    ['prisma/schema.prisma', ['database']],
    ['src/models/order.py', ['backend', 'database']],
    ['test/orders/total.test.ts', ['qa']],
    ['src/auth/session.test.ts', ['qa']],
    ['pkg/billing/invoice_test.go', ['qa']],
    ['tests/test_orders.py', ['qa']],
    ['vitest.config.ts', ['qa']],
    ['Dockerfile', ['devops']],
    ['services/api/Dockerfile', ['devops']],
    ['docker-compose.yml', ['devops']],
    ['deploy/k8s/web.yaml', ['devops']],
    ['infra/main.tf', ['devops']],
    ['.github/workflows/ci.yml', ['devops', 'security']],
    ['package.json', ['security']],
    ['package-lock.json', ['security']],
    ['openapi.yaml', ['architect']],
    ['docs/decisions/0003-queue.md', ['architect']],
    ['README.md', []],
    ['docs/authentication.md', []],
    ['node_modules/left-pad/index.js', []],
    ['vendor/session/auth.go', []],
  ])('%s goes to %j', async (path, expected) => {
    const roles = await loadRoles([shippedRolesDir]);

    expect([...roles.values()].filter((role) => ownsPath(role, path)).map((role) => role.name)).toEqual(
      expected,
    );
  });

  it('leaves a role without patterns out, whatever the file', () => {
    expect(ownsPath({ paths: [] }, 'src/a.ts')).toBe(false);
    expect(ownsPath({ paths: ['!docs/**'] }, 'src/a.ts')).toBe(false);
  });
});

describe('a role file', () => {
  it('becomes a role whose mandate is the text below the front matter', () => {
    expect(parseRole(roleText(), '.github/crew/roles/docs.md')).toEqual({
      name: 'docs',
      title: 'Technical Writer',
      tier: 2,
      purpose: 'Keeps the documentation true.',
      produces: ['work', 'review'],
      tools: ['read', 'edit'],
      skills: [],
      paths: ['docs/**', '!docs/generated/**'],
      limits: { maxTurns: 20, maxOutputTokens: 8000, maxMinutes: 10, maxCostUsd: 1.5 },
      mandate: 'Write for the reader.',
    } satisfies Role);
  });

  it('may have Windows line ends and a byte-order mark', () => {
    expect(parseRole(`\uFEFF${ROLE_LINES.join('\r\n')}`, 'docs.md')).toEqual(
      parseRole(roleText(), 'docs.md'),
    );
  });

  it('reports every problem at once, each with file, line and remedy', () => {
    const text = roleText((line) => {
      if (line.startsWith('tier:')) return 'tier: 3';
      if (line.startsWith('purpose:')) return null;
      if (line.startsWith('tools:')) return 'tools: [read, sudo]';
      return line.replace('max_turns: 20', 'max_turns: 9000').replace('skills: []', 'colour: red');
    });

    expect(() => parseRole(text, 'roles/docs.md')).toThrow(FrontMatterError);
    const problems = problemsOf(text);
    expect(problems.map((problem) => problem.line).sort((a, b) => a - b)).toEqual([2, 4, 6, 7, 10]);
    const message = problems.map((problem) => `${problem.line} ${problem.message}`).join('\n');
    expect(message).toContain('4 "tier": must be 1 or 2');
    expect(message).toContain('2 "purpose" is missing: add one sentence that says what the role is for');
    expect(message).toContain('6 "tools.1": ');
    expect(message).toContain('10 "limits.max_turns": ');
    expect(message).toContain('7 unknown key "colour": remove or rename it; known keys are name, title');
  });

  it.each([
    ['no front matter', 'Just text.', 1, /must open with front matter/],
    ['front matter that never ends', '---\nname: docs\n', 1, /not closed/],
    ['no mandate', ROLE_LINES.slice(0, -1).join('\n'), 15, /no text after the front matter/],
    ['broken YAML', roleText((line) => line.replace('[read, edit]', '[read, edit')), 8, /./],
    ['a key twice', roleText((line) => (line === 'tier: 2' ? 'tier: 2\ntier: 1' : line)), 5, /unique/],
    ['a list in place of keys', '---\n- a\n---\ntext', 2, /"key: value"/],
    ['aliases', roleText((line) => line.replace('skills: []', 'skills: &a [*a]')), 2, /aliases/],
    ['a file name that differs', roleText((line) => line.replace('docs', 'docz')), 2, /make them equal/],
    ['too many characters', `${roleText()}${'x'.repeat(70_000)}`, 1, /at most 65536/],
  ])('is refused for %s', (_what, text, line, message) => {
    expect(problemsOf(text)[0]).toEqual({ line, message: expect.stringMatching(message) });
  });
});

describe('loading roles', () => {
  it('needs one file more for one role more', async () => {
    await writeFile(join(dir, 'docs.md'), roleText());

    const roles = await loadRoles([shippedRolesDir, dir]);

    expect([...roles.keys()].sort()).toEqual([...CREW.map(([name]) => name), 'docs'].sort());
    expect((await readdir(shippedRolesDir)).length).toBe(CREW.length);
  });

  it('lets a later folder replace a role by its name', async () => {
    await writeFile(
      join(dir, 'backend.md'),
      roleText((line) => line.replace('name: docs', 'name: backend')),
    );

    const roles = await loadRoles([shippedRolesDir, dir]);

    expect(roles.size).toBe(CREW.length);
    expect(roles.get('backend')?.title).toBe('Technical Writer');
  });

  it('names the file and the line of a broken role', async () => {
    const file = join(dir, 'docs.md');
    await writeFile(
      file,
      roleText((line) => line.replace('tier: 2', 'tier: two')),
    );

    await expect(loadRoles([shippedRolesDir, dir])).rejects.toThrow(`${file}:4: "tier": must be 1 or 2`);
  });
});

function pairsOf<Item>(items: readonly Item[]): [Item, Item][] {
  return items.flatMap((a, index) => items.slice(index + 1).map((b): [Item, Item] => [a, b]));
}

/** Jaccard similarity of the texts' runs of four words: about 0 for independent texts, 1 for equal ones. */
function similarity(a: string, b: string): number {
  const shingles = (text: string) => {
    const words = text.toLowerCase().match(/[a-z]+/g) ?? [];
    return new Set(words.map((_, index) => words.slice(index, index + 4).join(' ')));
  };
  const [left, right] = [shingles(a), shingles(b)];
  const common = [...left].filter((shingle) => right.has(shingle)).length;
  return common / (left.size + right.size - common);
}
