/** The commands, from their folder. */
import type { Command } from '../command.ts';
import { loadFolder } from '../load-folder.ts';

const COMMANDS = new URL('../commands/', import.meta.url);

/** In the order of their names. `folder` ends in `/`. */
export function loadCommands(folder: URL = COMMANDS): Promise<readonly Command[]> {
  return loadFolder(folder, 'command', isCommand);
}

function isCommand(value: unknown, name: string): value is Command {
  return (
    value instanceof Object && 'name' in value && value.name === name && 'run' in value && 'access' in value
  );
}
