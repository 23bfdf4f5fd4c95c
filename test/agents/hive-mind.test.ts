import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadHiveMind, readSkill, SKILL_FILE_MAX_BYTES, SkillReadError } from '../../src/agents/hive-mind.ts';
import { extendHiveMind, type HiveMind, parseSkill, parseStandard } from '../../src/core/roles.ts';

const SHIPPED = join(import.meta.dirname, '../../hive-mind');
/** Every agent pays for every standard in every job. */
const STANDARDS_MAX_WORDS = 1_800;
const SKILL_TEXT = '---\nname: brewing\ndescription: Brews tea. Use when thirsty.\n---\n\n1. Boil water.';

let dir: string;
let skillDir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'crew-hive-mind-'));
  skillDir = join(dir, 'skills/brewing');
  await mkdir(join(skillDir, 'references'), { recursive: true });
  await mkdir(join(dir, 'standards'));
  await writeFile(join(skillDir, 'SKILL.md'), SKILL_TEXT);
  await writeFile(join(skillDir, 'references/teas.md'), 'Assam');
  await writeFile(join(dir, 'skills.key'), 'outside');
});
afterEach(async () => {
  await rm(dir, { recursive: true });
});

describe('the shipped hive mind', () => {
  it('has the team standards in the order of their names, small enough for every briefing', async () => {
    const { standards } = await loadHiveMind(SHIPPED);

    expect(standards.map((standard) => standard.name)).toEqual([
      'code',
      'commits-and-messages',
      'how-we-work',
      'review',
      'security',
      'tests',
      'untrusted-text',
    ]);
    const words = standards
      .map((standard) => standard.body)
      .join(' ')
      .split(/\s+/).length;
    expect(words).toBeLessThanOrEqual(STANDARDS_MAX_WORDS);
  });

  it('has at least ten skills, each saying when to use it, and none longer than 500 lines', async () => {
    const { skills } = await loadHiveMind(SHIPPED);

    expect(skills.length).toBeGreaterThanOrEqual(10);
    for (const skill of skills) {
      expect(skill.description, skill.name).toMatch(/\bUse (when|for|at)\b/);
      expect(skill.body.split('\n').length, skill.name).toBeGreaterThanOrEqual(40);
      expect(skill.body.split('\n').length, skill.name).toBeLessThanOrEqual(500);
    }
  });

  it('links from its skills only to files that an agent can read', async () => {
    const hiveMind = await loadHiveMind(SHIPPED);
    const links = hiveMind.skills.flatMap((skill) =>
      [...skill.body.matchAll(/\]\(((?!https?:)[^)]+\.md)\)/g)].map(
        (link) => [skill.name, link[1] ?? ''] as const,
      ),
    );

    expect(links.length).toBeGreaterThan(0);
    for (const [name, file] of links) expect(await readSkill(hiveMind, name, file)).toMatch(/^# /);
  });
});

describe('the format of a skill', () => {
  it.each([
    ['upper case', 'Brewing'],
    ['a leading hyphen', '-brewing'],
    ['two hyphens together', 'tea--brewing'],
    ['an underscore', 'tea_brewing'],
    ['65 characters', 'a'.repeat(65)],
    ['another name than its folder', 'cooking'],
  ])('refuses a name with %s', (_what, name) => {
    const folder = name === 'cooking' ? 'brewing' : name;

    expect(() => parseSkill(SKILL_TEXT.replace('brewing', name), `${folder}/SKILL.md`)).toThrow(
      `${folder}/SKILL.md:2: "name"`,
    );
  });

  it('takes names of 64 and descriptions of 1024 characters, and refuses a longer description', () => {
    const name = 'a'.repeat(64);
    const text = (chars: number) => `---\nname: ${name}\ndescription: ${'d'.repeat(chars)}\n---\nbody`;

    expect(parseSkill(text(1024), `${name}/SKILL.md`)).toEqual({
      name,
      description: 'd'.repeat(1024),
      dir: null,
      body: 'body',
    });
    expect(() => parseSkill(text(1025), `${name}/SKILL.md`)).toThrow(`${name}/SKILL.md:3: "description"`);
  });

  it('lets fields of other tools through', () => {
    const text = SKILL_TEXT.replace(
      '---\n\n',
      'license: MIT\nmetadata:\n  version: "1.0"\nmodel: x\n---\n\n',
    );

    expect(parseSkill(text, 'brewing/SKILL.md').name).toBe('brewing');
  });

  it('requires a standard to describe itself in one line', () => {
    expect(() => parseStandard('---\nname: tea\ndescription: |\n  a\n  b\n---\nx', 'tea.md')).toThrow(
      'tea.md:3: "description": must be one line',
    );
  });
});

describe('loading a hive mind', () => {
  it('says which folder under skills/ has no SKILL.md', async () => {
    await mkdir(join(dir, 'skills/empty'));

    await expect(loadHiveMind(dir)).rejects.toThrow(/skills\/empty\/SKILL\.md cannot be read/);
  });

  it('lets a repository replace by name and add, leaving the rest', () => {
    const standard = (name: string, body: string) => ({ name, description: 'd', body });
    const base: HiveMind = { standards: [standard('code', 'ours'), standard('tests', 'ours')], skills: [] };
    const added: HiveMind = {
      standards: [standard('tests', 'theirs'), standard('api', 'theirs')],
      skills: [],
    };

    expect(extendHiveMind(base, added)).toEqual({
      standards: [standard('api', 'theirs'), standard('code', 'ours'), standard('tests', 'theirs')],
      skills: [],
    });
  });
});

describe('reading a skill', () => {
  it('gives its body, and a file beside it by relative path', async () => {
    const hiveMind = await loadHiveMind(dir);

    expect(await readSkill(hiveMind, 'brewing')).toBe('1. Boil water.');
    expect(await readSkill(hiveMind, 'brewing', 'SKILL.md')).toBe('1. Boil water.');
    expect(await readSkill(hiveMind, 'brewing', 'references/teas.md')).toBe('Assam');
  });

  it('follows a link that stays inside the folder', async () => {
    await symlink('references/teas.md', join(skillDir, 'teas.md'));

    expect(await readSkill(await loadHiveMind(dir), 'brewing', 'teas.md')).toBe('Assam');
  });

  it('names the known skills when there is none of that name', async () => {
    await expect(readSkill(await loadHiveMind(dir), '../brewing')).rejects.toEqual(
      new SkillReadError('There is no skill "../brewing". Skills: brewing'),
    );
  });

  it.each([
    ['a parent folder', '../../skills.key'],
    ['a parent folder in the middle', 'references/../../../skills.key'],
    ['a parent folder in the Windows manner', '..\\..\\skills.key'],
    ['an absolute path', '/etc/hostname'],
    ['a way out and in again', 'references/../references/teas.md'],
    ['a path from the root, even of a file that the skill has', '/references/teas.md'],
    ['a null byte', 'references/teas.md\0.txt'],
    ['the folder itself', '.'],
    ['nothing', ''],
    ['a folder', 'references'],
    ['a file that is not there', 'references/coffees.md'],
    ['a link to a file outside', 'stolen'],
    ['a link to a folder outside', 'up/skills.key'],
    ['a link that goes round', 'loop'],
  ])('refuses %s', async (_what, file) => {
    await symlink(join(dir, 'skills.key'), join(skillDir, 'stolen'));
    await symlink(dir, join(skillDir, 'up'));
    await symlink('loop', join(skillDir, 'loop'));
    const hiveMind = await loadHiveMind(dir);

    await expect(readSkill(hiveMind, 'brewing', file)).rejects.toEqual(
      new SkillReadError(`"${file}" is not a file inside the skill "brewing"`),
    );
  });

  it('refuses a folder that merely begins with the name of the skill', async () => {
    await mkdir(join(dir, 'skills/brewing-secret'));
    await writeFile(join(dir, 'skills/brewing-secret/x.md'), 'secret');
    const hiveMind: HiveMind = {
      standards: [],
      skills: [parseSkill(SKILL_TEXT, 'brewing/SKILL.md', skillDir)],
    };
    await symlink('../brewing-secret/x.md', join(skillDir, 'x.md'));

    await expect(readSkill(hiveMind, 'brewing', 'x.md')).rejects.toThrow(SkillReadError);
  });

  it('refuses a file above the size limit and reads one of just that size', async () => {
    await writeFile(join(skillDir, 'full.md'), 'x'.repeat(SKILL_FILE_MAX_BYTES));
    await writeFile(join(skillDir, 'big.md'), 'x'.repeat(SKILL_FILE_MAX_BYTES + 1));
    const hiveMind = await loadHiveMind(dir);

    expect(await readSkill(hiveMind, 'brewing', 'full.md')).toHaveLength(SKILL_FILE_MAX_BYTES);
    await expect(readSkill(hiveMind, 'brewing', 'big.md')).rejects.toThrow(/at most 65536/);
  });

  it('has nothing but the body to give when the skill came as text', async () => {
    const hiveMind: HiveMind = { standards: [], skills: [parseSkill(SKILL_TEXT, 'skills/brewing/SKILL.md')] };

    expect(await readSkill(hiveMind, 'brewing')).toBe('1. Boil water.');
    await expect(readSkill(hiveMind, 'brewing', 'references/teas.md')).rejects.toThrow(/no file besides/);
  });

  it('refuses when the folder has gone since it was loaded', async () => {
    const hiveMind = await loadHiveMind(dir);
    await rename(skillDir, join(dir, 'elsewhere'));

    await expect(readSkill(hiveMind, 'brewing', 'references/teas.md')).rejects.toThrow(SkillReadError);
  });
});
