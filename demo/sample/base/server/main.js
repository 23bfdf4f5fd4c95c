// Starts Larder on PORT (8080) with the database file LARDER_DB (larder.db).
import { DatabaseSync } from 'node:sqlite';
import { migrateUp } from '../db/migrate.js';
import { createApp } from './app.js';

const db = new DatabaseSync(process.env.LARDER_DB ?? 'larder.db');
migrateUp(db);
const port = Number(process.env.PORT ?? 8080);
createApp(db).listen(port, () => console.log(`Larder on http://localhost:${port}`));
