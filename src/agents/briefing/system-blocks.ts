// The system prompt: the same for every role, task and job of an installation, except for what a repository adds.
import type { HiveMind, Role } from '../../core/roles.ts';
import { CREW_INSTRUCTIONS } from './instructions.ts';
import { BRIEFING_LIMITS as LIMITS } from './limits.ts';
import { attribute, quoteMarkdown, quoteText } from './untrusted-text.ts';

/** Two texts: how the crew works and who is in it, then what all of it knows. */
export function systemTexts(roles: ReadonlyMap<string, Role>, hiveMind: HiveMind): readonly [string, string] {
  return [
    `${CREW_INSTRUCTIONS}\n\n<crew>\n${crewList(roles)}\n</crew>`,
    `${standardsText(hiveMind)}\n\n<skills>\n${skillsList(hiveMind)}\n</skills>`,
  ];
}

/** In the order of their names, however the map was filled. */
function crewList(roles: ReadonlyMap<string, Role>): string {
  const members = [...roles.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  return members.map(({ name, title, purpose }) => `- ${name}: ${title}. ${oneLine(purpose)}`).join('\n');
}

function standardsText({ standards }: HiveMind): string {
  const sections = standards.map(
    ({ name, body }) =>
      `<standard name="${attribute(name)}">\n${quoteMarkdown(body, LIMITS.standard)}\n</standard>`,
  );
  return ['<standards>', ...sections, '</standards>'].join('\n');
}

function skillsList({ skills }: HiveMind): string {
  return skills.map(({ name, description }) => `- ${name}: ${oneLine(description)}`).join('\n');
}

function oneLine(text: string): string {
  return quoteText(text, LIMITS.title * 3).replace(/\s+/g, ' ');
}
