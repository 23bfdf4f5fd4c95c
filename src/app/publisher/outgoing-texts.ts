/** Redacts, quietens, cuts and marks every text that the publisher sends. */
import { cutText, markedBody, quietText } from '../../core/outgoing-text.ts';
import type { Texts } from './effect-definition.ts';

export function createTexts(redact: (text: string) => Promise<string>): Texts {
  return {
    marked: async (text, key) => markedBody(await redact(text), key),
    markdown: async (text, maxChars) => quietText(await redact(text), maxChars),
    plain: async (text, maxChars) => cutText(await redact(text), maxChars),
  };
}
