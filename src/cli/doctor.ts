/** `crew doctor`: a line for each thing looked at; exit status 1 when one is wrong. */
import pc from 'picocolors';
import { parseConfig, readEnvironment } from '../config.ts';
import { examineInstallation } from '../wire.ts';

const MARK = { good: pc.green('✓'), warning: pc.yellow('!'), wrong: pc.red('✗') };

export async function doctor(): Promise<void> {
  const config = parseConfig(readEnvironment(), process.stderr.isTTY);
  process.stdout.write(`${MARK.good} settings: all readable\n`);
  const findings = await examineInstallation(config);
  for (const { subject, state, detail, remedy } of findings) {
    process.stdout.write(`${MARK[state]} ${subject}: ${detail}\n`);
    if (remedy !== '') process.stdout.write(`  → ${remedy}\n`);
  }
  if (findings.some((finding) => finding.state === 'wrong')) process.exitCode = 1;
}
