import { z } from 'zod';
import { TOOL_LIMITS } from './tool-limits.ts';

/** A path as the file tools take it. What it may reach is decided where it is resolved, symlinks and all. */
export const filePath = z
  .string()
  .min(1)
  .max(TOOL_LIMITS.pathChars)
  .describe('Path relative to the root of the checkout.');
