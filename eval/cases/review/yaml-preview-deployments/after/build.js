import { cp, mkdir } from 'node:fs/promises';

await mkdir('dist', { recursive: true });
for (const file of ['server.js', 'health.js']) await cp(file, `dist/${file}`);
