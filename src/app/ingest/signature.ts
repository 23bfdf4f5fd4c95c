/** The signature of a webhook, made while its body comes: what nobody signed is never put together, let alone parsed. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

export interface SignatureCheck {
  add(bytes: Uint8Array): void;
  /** Whether any of the secrets made it. To be asked once, at the end. */
  matches(): boolean;
  /** SHA-256 of the body, hex. To be asked once, at the end. */
  bodyHash(): string;
}

/** `signature`: as in `X-Hub-Signature-256`. https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries */
export function checkSignature(signature: string, secrets: readonly string[]): SignatureCheck {
  const hashes = secrets.map((secret) => createHmac('sha256', secret));
  const whole = createHash('sha256');
  const given = Buffer.from(signature);
  return {
    add: (bytes) => {
      for (const hash of [...hashes, whole]) hash.update(bytes);
    },
    matches: () =>
      hashes.some((hash) => {
        const made = Buffer.from(`sha256=${hash.digest('hex')}`);
        return made.length === given.length && timingSafeEqual(made, given);
      }),
    bodyHash: () => whole.digest('hex'),
  };
}
