import type { OutcomeTable } from '../../contracts/detector.js';

/** Tables kept: at a quarter of an hour per window, three days of calling. */
const TABLES_MAX = 128;

/** The newest tables of an association: what an odds ratio since a change is formed from. */
export interface TableRing {
  /** Tables ever seen; table number i lies at i modulo TABLES_MAX. */
  seen: number;
  readonly tables: OutcomeTable[];
}

export function initTableRing(): TableRing {
  return { seen: 0, tables: [] };
}

export function addTable(ring: TableRing, { both, x_only, y_only, neither }: OutcomeTable): void {
  ring.tables[ring.seen % TABLES_MAX] = { both, x_only, y_only, neither };
  ring.seen++;
}

/** The newest `count` tables, or as many as are kept; newest first. */
export function newestTables({ seen, tables }: TableRing, count: number): OutcomeTable[] {
  const kept = Math.min(Math.max(0, Math.floor(count)), tables.length);
  return Array.from({ length: kept }, (_, age) => tables[(seen - 1 - age) % TABLES_MAX]);
}
