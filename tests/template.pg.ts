// The database that every test database is copied from: PostGIS and all migrations.
import { migrate } from '../server/database/migrate.pg.ts';
import { openDatabase } from '../server/database/pool.pg.ts';

export const templateName = 'liaozhi_template';

/** The same server, another database. */
export function urlOf(clusterUrl: string, database: string): string {
  return clusterUrl.replace(/\/[^/]*$/, `/${database}`);
}

/** Makes the template in a fresh cluster. @throws what migrate throws */
export async function makeTemplate(clusterUrl: string): Promise<void> {
  const cluster = openDatabase(clusterUrl, { max: 1 });
  try {
    await cluster.query(`CREATE DATABASE ${templateName}`);
    const template = openDatabase(urlOf(clusterUrl, templateName), { max: 1 });
    try {
      await migrate(template);
    } finally {
      await template.close();
    }
  } finally {
    await cluster.close();
  }
}
