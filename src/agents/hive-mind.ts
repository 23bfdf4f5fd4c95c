// Loads the crew's standards and skills from a folder, and reads a skill's files for an agent without ever
// leaving that skill's folder: the file name comes from a model and is hostile.
import { constants } from 'node:fs';
import { open, readdir, readFile, realpath } from 'node:fs/promises';
import { basename, isAbsolute, join, relative, sep } from 'node:path';
import { type HiveMind, parseSkill, parseStandard, type Skill } from '../core/roles.ts';

/** The largest skill file an agent is given; a longer reference must be split by its author. */
export const SKILL_FILE_MAX_BYTES = 65_536;
const ENTRIES_MAX = 500;

/** Neither follows a link nor waits for the other end of a named pipe. */
const OPEN_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** A skill or file that cannot be given to the agent. The message is written for the agent to act on. */
export class SkillReadError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SkillReadError';
  }
}

/** Reads `standards/*.md` and `skills/<name>/SKILL.md` under `dir`, each in the order of their names. */
export async function loadHiveMind(dir: string): Promise<HiveMind> {
  const standardFiles = (await entriesOf(join(dir, 'standards'))).filter((name) => name.endsWith('.md'));
  const skillFolders = await entriesOf(join(dir, 'skills'));
  const standards = await Promise.all(
    standardFiles.map(async (name) => {
      const file = join(dir, 'standards', name);
      return parseStandard(await readFile(file, 'utf8'), file);
    }),
  );
  const skills = await Promise.all(skillFolders.map((name) => loadSkill(join(dir, 'skills', name))));
  return { standards, skills };
}

/**
 * The body of a skill, or one of the files beside it (a path relative to the skill's folder).
 * Throws `SkillReadError` for an unknown skill and for anything outside its folder or over the size limit.
 */
export async function readSkill(hiveMind: HiveMind, name: string, file?: string): Promise<string> {
  const skill = hiveMind.skills.find((candidate) => candidate.name === name);
  if (skill === undefined) {
    const known = hiveMind.skills.map((candidate) => candidate.name).join(', ');
    throw new SkillReadError(`There is no skill "${name}". Skills: ${known}`);
  }
  if (file === undefined || file === 'SKILL.md') return skill.body;
  if (skill.dir === null) throw new SkillReadError(`The skill "${name}" has no file besides its SKILL.md`);
  return readWithin(skill.dir, file, name);
}

async function loadSkill(dir: string): Promise<Skill> {
  const file = join(dir, 'SKILL.md');
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new Error(`${file} cannot be read: every folder under skills/ holds a SKILL.md`, { cause });
  });
  return parseSkill(text, join(basename(dir), 'SKILL.md'), await realpath(dir));
}

async function readWithin(dir: string, file: string, skillName: string): Promise<string> {
  const refuse = (cause?: unknown): never => {
    throw new SkillReadError(`"${file}" is not a file inside the skill "${skillName}"`, { cause });
  };
  if (isAbsolute(file) || file.includes('\0') || file.split(/[\\/]/).includes('..')) refuse();
  const root = await realpath(dir).catch(refuse);
  const real = await realpath(join(root, file)).catch(refuse);
  const inner = relative(root, real);
  if (inner === '' || inner === '..' || inner.startsWith(`..${sep}`) || isAbsolute(inner)) refuse();
  // The path is resolved already: a link that appears at its end in the meantime is refused by the open.
  await using handle = await open(real, OPEN_FLAGS).catch(refuse);
  const stats = await handle.stat();
  if (!stats.isFile()) refuse();
  if (stats.size > SKILL_FILE_MAX_BYTES) {
    throw new SkillReadError(
      `"${file}" has ${stats.size} bytes, and at most ${SKILL_FILE_MAX_BYTES} of a skill file can be read`,
    );
  }
  const buffer = Buffer.alloc(stats.size);
  const { bytesRead } = await handle.read(buffer, 0, stats.size, 0);
  return buffer.toString('utf8', 0, bytesRead);
}

async function entriesOf(dir: string): Promise<readonly string[]> {
  const names = (await readdir(dir)).filter((name) => !name.startsWith('.')).sort();
  if (names.length > ENTRIES_MAX) {
    throw new Error(`${dir} holds ${names.length} entries, and at most ${ENTRIES_MAX} are read`);
  }
  return names;
}
