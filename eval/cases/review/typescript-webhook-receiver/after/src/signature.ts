import { createHmac, timingSafeEqual } from 'node:crypto';

const SKEW_MAX_SECONDS = 300;

/** Of the header `t=<seconds>,v1=<hex>`; the signed text is `<seconds>.<body>`. */
export function isSigned(
  header: string | undefined,
  body: Buffer,
  secret: string,
  nowSeconds: number,
): boolean {
  const match = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/.exec(header ?? '');
  if (match === null) return false;
  const [, time = '', given = ''] = match;
  if (Math.abs(nowSeconds - Number(time)) > SKEW_MAX_SECONDS) return false;
  const expected = createHmac('sha256', secret).update(`${time}.`).update(body).digest();
  return timingSafeEqual(expected, Buffer.from(given, 'hex'));
}
