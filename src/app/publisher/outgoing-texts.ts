/** Redacts, quietens, cuts and marks every text that the publisher sends. */

import { stripMarkers } from '../../core/marker.ts';
import { BODY_MAX_CHARS, cutText, markedBody, quietText } from '../../core/outgoing-text.ts';
import { fingerprintIn, fingerprintMarker } from '../../core/review/fingerprint.ts';
import { splitSuggestion } from '../../core/review/suggestion.ts';
import type { Texts } from './effect-definition.ts';

const FINDING_MARK = /crew-finding:/gi;

export function createTexts(redact: (text: string) => Promise<string>): Texts {
  return {
    marked: async (text, key) => markedBody(await redact(text), key),
    reply: async (text, key) => markedBody(withoutFindingMarks(stripMarkers(await redact(text))), key),
    finding: async (comment) => {
      const { said, marker } = splitFingerprint(comment);
      const sent = async (part: string): Promise<string> =>
        quietText(await redact(part), BODY_MAX_CHARS - marker.length);
      const text = await sent(said);
      const { block, rest } = splitSuggestion(said);
      // What was redacted or cut in a suggestion would be committed at a click.
      return (splitSuggestion(text).block === block ? text : await sent(rest)) + marker;
    },
    markdown: async (text, maxChars) => quietText(await redact(text), maxChars),
    plain: async (text, maxChars) => cutText(await redact(text), maxChars),
  };
}

/** The fingerprint is taken off before anything else happens to the text, so that no cut and no redaction reaches it. */
export function splitFingerprint(text: string): { readonly said: string; readonly marker: string } {
  const fingerprint = fingerprintIn(text);
  if (fingerprint === null) return { said: text, marker: '' };
  const marker = fingerprintMarker(fingerprint);
  return { said: text.slice(0, text.lastIndexOf(marker)).trimEnd(), marker: `\n\n${marker}` };
}

/** A reply becomes the first of its thread when the finding's comment is deleted; it must not pass as a finding then. */
function withoutFindingMarks(text: string): string {
  return text.replace(FINDING_MARK, 'crew finding ');
}
