import { describe, expect, it } from 'vitest';
import { mandateFor } from '../../src/agents/briefing/mandate.ts';
import { loadRoles, shippedRolesDir } from '../../src/agents/roles.ts';
import { ROLE_PRODUCTS } from '../../src/core/roles.ts';

const MANDATE = [
  '# You are the Cook',
  '',
  'You cook.',
  '',
  '## What you look for',
  '',
  '- **Salt.** Too much of it.',
  '',
  '## How you cook (work)',
  '',
  'With fire.',
  '',
  '### In winter',
  '',
  'With more of it.',
  '',
  '## With the team (work, answer)',
  '',
  'Share.',
  '',
  '## What you hand over',
  '',
  '- **work** `{ summary }`: the dish,',
  '  and its name.',
  '- **review** `{ findings }`: the taste.',
  '- **answer** `{ answer }`: the recipe.',
].join('\n');

describe('a mandate', () => {
  it('is shown to a reviewer without the sections and items that are for other jobs', () => {
    expect(mandateFor(MANDATE, 'review')).toBe(
      [
        '# You are the Cook',
        '',
        'You cook.',
        '',
        '## What you look for',
        '',
        '- **Salt.** Too much of it.',
        '',
        '## What you hand over',
        '',
        '- **review** `{ findings }`: the taste.',
      ].join('\n'),
    );
  });

  it('is shown to whoever works with the sections for work, their parts, and no brackets', () => {
    const shown = mandateFor(MANDATE, 'work');

    expect(shown).toContain(
      '## How you cook\n\nWith fire.\n\n### In winter\n\nWith more of it.\n\n## With the team\n',
    );
    expect(shown).toContain('- **work** `{ summary }`: the dish,\n  and its name.');
    expect(shown).not.toMatch(/taste|recipe/);
  });

  it.each([
    '## Brackets (of another kind)',
    '## Work (work in progress)',
    '- **worked** out',
    'text - **work** in it',
  ])('keeps what only looks like a mark: %s', (line) => {
    expect(mandateFor(`${line}\nafter`, 'review')).toBe(`${line}\nafter`);
  });
});

describe('the shipped roles', () => {
  it('keep their trade for reviews, and nothing about changing code', async () => {
    for (const role of (await loadRoles([shippedRolesDir])).values()) {
      if (!role.produces.includes('review')) continue;
      const shown = mandateFor(role.mandate, 'review');

      expect(shown).toContain('- **review**');
      expect(shown).not.toMatch(/^- \*\*(?:work|plan|answer)\*\*/m);
      expect(shown).not.toContain('How you repair');
      expect(shown.length).toBeLessThan(4_000);
    }
  });

  it('mark sections only for what they produce', async () => {
    for (const { name, produces, mandate } of (await loadRoles([shippedRolesDir])).values()) {
      const marked = mandate.match(/^#+ .*\((?:[a-z]+(?:, )?)+\)$/gm) ?? [];
      for (const heading of marked) {
        const products = ROLE_PRODUCTS.filter((product) => heading.includes(product));
        expect([name, heading, products.every((product) => produces.includes(product))]).toEqual([
          name,
          heading,
          true,
        ]);
      }
    }
  });
});
