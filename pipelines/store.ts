import { dirname } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import {
  BIGINT,
  BOOLEAN,
  DOUBLE,
  type DuckDBAppender,
  type DuckDBConnection,
  DuckDBDateValue,
  DuckDBInstance,
  type DuckDBMaterializedResult,
  type DuckDBPreparedStatement,
  DuckDBTableFunction,
  DuckDBTimestampValue,
  type DuckDBType,
  type DuckDBValue,
  ENUM,
  INTEGER,
  LIST,
  listValue,
  SMALLINT,
  StatementType,
  TIMESTAMP,
  UBIGINT,
  UTINYINT,
  VARCHAR,
} from '@duckdb/node-api';
import bindings from '@duckdb/node-bindings';
import type { Batch, BatchColumn } from '../contracts/batch.js';
import { PlumblineError } from '../contracts/errors.js';
import { type ColumnForm, EVENT_COLUMNS } from '../contracts/event-columns.js';
import { type AnswerEnds, AskedQueries } from './asked-queries.js';
import { BARE_DATABASE, type DatabaseOptions, storeSettings } from './database-settings.js';
import { makeFolder } from './durable-files.js';
import { gatherAnswer } from './gathered-answer.js';
import { type HeldFile, HeldFiles } from './held-files.js';
import { copyPart, type LogPart, type LogSource, partsOf } from './log-scan.js';
import { plainRow, plainValue, type Row } from './plain-rows.js';
import { queryFailed, queryRefused, statementFailed } from './query-errors.js';
import { RunningWork } from './running-work.js';
import { confinedTo, literal, sessionStart, variableSet, writtenOut } from './session-text.js';
import { ownSpillFolder, removeSpillFolder } from './spill-folder.js';
import { isOfSession, readStatement, schemaOrder } from './statements.js';
import { CHUNK_ROWS, ColumnReading, copyColumn, copySequence } from './vector-columns.js';

/**
 * The derived store: the only importer of the DuckDB driver. Statements are named by their file in `sql/`
 * (`staging/calls`) and take named parameters. Landed batches are scanned in place by the table function `batch_scan()`.
 *
 * Every execution is planned anew: DuckDB 1.5 keeps a prepared plan whose optimiser has used the statistics of the
 * tables as they were, and gives wrong strings once they have changed (compressed materialisation of a sorted column).
 */

const DUCKDB_TYPES: Record<ColumnForm, DuckDBType> = {
  code: UTINYINT,
  dictionary: INTEGER,
  int16: SMALLINT,
  int32: INTEGER,
  int64: BIGINT,
  timestamp: TIMESTAMP,
  boolean: UTINYINT,
  key: UBIGINT,
  string: VARCHAR,
};

const held = new HeldFiles(() => DuckDBInstance.create(':memory:', { ...BARE_DATABASE, memory_limit: '32MiB' }));

export type { Row } from './plain-rows.js';
export type Parameters = Readonly<Record<string, number | string | boolean | null>>;
/** One column of rows to append. */
export interface AppendColumn {
  readonly type: 'integer' | 'integer32' | 'double' | 'text' | 'boolean' | 'timestamp' | 'texts' | 'date';
  readonly values: readonly unknown[];
}

export interface StoreOptions extends DatabaseOptions {
  /** Path of the database file, or `:memory:`. */
  readonly path: string;
  /** Of what a query of a person gathers in memory; default: `ANSWER_BYTES_MAX`. */
  readonly answer_bytes_max?: number;
}

export class Store {
  readonly options: StoreOptions;
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  readonly #spill: string;
  #batch: Batch | null = null;
  #log: LogSource = { frames: () => [], archiveFiles: () => [] };
  #log_error: unknown = null;
  readonly #running = new RunningWork();
  readonly #asked = new AskedQueries();

  private constructor(options: StoreOptions, instance: DuckDBInstance, connection: DuckDBConnection, spill: string) {
    this.options = options;
    this.#spill = spill;
    this.#instance = instance;
    this.#connection = connection;
  }

  /** Opens the file (or makes it), registers the batch scan and creates what is missing of the schema. */
  static async open(options: StoreOptions): Promise<Store> {
    if (options.path !== ':memory:') makeFolder(dirname(options.path));
    const spill = ownSpillFolder(options.temp_dir);
    const instance = await DuckDBInstance.create(options.path, storeSettings(options, spill));
    const connection = await instance.connect();
    const store = new Store(options, instance, connection, spill);
    connection.registerTableFunction(store.#batchScan());
    connection.registerTableFunction(store.#logScan());
    await connection.run(sessionStart());
    return store;
  }

  /**
   * Creates what is missing of `sql/schema/` and `sql/views/`: tables, then macros, then views over them.
   * @param options.is_defined the file has all that lasts: only what ends with the session is created
   */
  async createSchema({ is_defined = false } = {}): Promise<void> {
    for (const name of schemaOrder()) if (!is_defined || isOfSession(name)) await this.run(name);
  }

  /** Sets a session variable that statements read with `getvariable`. */
  async setVariable(name: string, value: readonly string[] | string): Promise<void> {
    await this.#statement(variableSet(name, value));
  }

  /** The batch that `batch_scan()` shows; null shows none. */
  setBatch(batch: Batch | null): void {
    this.#batch = batch;
  }

  /** From now on no statement, and above all no query of a person, opens a file but the store's own and those of a folder. */
  async confineTo(folder: string): Promise<void> {
    for (const text of confinedTo([folder])) await this.#statement(text);
  }

  /** What `log_scan()` and the archive show: asked for anew by every query. */
  setLog(log: LogSource): void {
    this.#log = log;
  }

  /**
   * Runs the statements of one file; more than one statement only without parameters.
   * @returns how many rows the last one has inserted, changed or deleted
   */
  async run(name: string, parameters: Parameters = {}): Promise<number> {
    try {
      return (await this.#execute(name, parameters)).rowsChanged;
    } catch (error) {
      throw statementFailed(name, this.#log_error ?? error);
    } finally {
      this.#log_error = null;
    }
  }

  /** Runs a file's query and gives its rows; 64-bit integers as numbers, timestamps as microseconds. */
  async rows(name: string, parameters: Parameters = {}): Promise<Row[]> {
    try {
      const result = await this.#execute(name, parameters);
      return (await result.getRowObjects()).map(plainRow);
    } catch (error) {
      throw statementFailed(name, error);
    }
  }

  /** Runs a file's query over 64-bit integers and gives its columns as numbers. */
  async numbers(name: string, parameters: Parameters = {}): Promise<Record<string, Float64Array>> {
    try {
      const result = await this.#execute(name, parameters);
      const chunks = await result.fetchAllChunks();
      const names = result.columnNames();
      const rows = chunks.reduce((total, chunk) => total + chunk.rowCount, 0);
      const columns = names.map(() => new Float64Array(rows));
      let row = 0;
      for (const chunk of chunks) {
        const { rowCount } = chunk;
        for (let column = 0; column < names.length; column++) {
          const items = (chunk.getColumnVector(column) as unknown as { items: BigInt64Array }).items;
          const into = columns[column]!;
          for (let at = 0; at < rowCount; at++) into[row + at] = Number(items[at]);
        }
        row += rowCount;
      }
      return Object.fromEntries(names.map((column, index) => [column, columns[index]!]));
    } catch (error) {
      throw statementFailed(name, error);
    }
  }

  /** Runs a file's query over columns of the contract and gives them as those of a batch; others have their turn in between. */
  async batchColumns(name: string, parameters: Parameters): Promise<Pick<Batch, 'rows' | 'columns'>> {
    try {
      const result = await this.#execute(name, parameters);
      const chunks = await result.fetchAllChunks();
      const names = result.columnNames();
      const rows = chunks.reduce((total, chunk) => total + chunk.rowCount, 0);
      const columns = new Map<string, BatchColumn>();
      for (const { name: column, form, required } of EVENT_COLUMNS) {
        const reading = new ColumnReading(bindings, form, rows);
        const index = names.indexOf(column);
        for (const { chunk, rowCount } of chunks) reading.take(bindings.data_chunk_get_vector(chunk, index), rowCount);
        const read = reading.column(required === true);
        if (read !== null) columns.set(column, read);
        await turn();
      }
      return { rows, columns };
    } catch (error) {
      throw statementFailed(name, error);
    }
  }

  /** Runs a file's query and gives its columns, values as in `rows`. */
  async columns(name: string, parameters: Parameters = {}): Promise<Record<string, unknown[]>> {
    try {
      const result = await this.#execute(name, parameters);
      const names = result.columnNames();
      const columns = await result.getColumns();
      return Object.fromEntries(names.map((column, index) => [column, (columns[index] ?? []).map(plainValue)]));
    } catch (error) {
      throw statementFailed(name, error);
    }
  }

  /** Runs a file's query and gives its rows as they are made, up to 2,048 at a time, values as in `rows`. */
  async *stream(name: string, parameters: Parameters = {}): AsyncGenerator<Row[], void, undefined> {
    try {
      const statement = await this.#running.during(() => this.#prepare(name, parameters));
      try {
        const rows = (await this.#running.during(() => statement.stream())).yieldRowObjects();
        for (;;) {
          const next = await this.#running.during(() => rows.next());
          if (next.done === true) break;
          yield next.value.map(plainRow);
        }
      } finally {
        statement.destroySync();
      }
    } catch (error) {
      throw statementFailed(name, error);
    }
  }

  /**
   * Runs one statement that a person wrote, on a connection of its own, in a transaction that can only read and is
   * rolled back; instants are text. @throws PlumblineError SQL_FAILED
   */
  query(sql: string, ends: AnswerEnds = []): Promise<{ columns: string[]; rows: unknown[][] }> {
    const connect = () => this.#instance.connect();
    return this.#asked.on(connect, (connection) => this.#query(connection, sql), ends);
  }

  async #query(connection: DuckDBConnection, sql: string): Promise<{ columns: string[]; rows: unknown[][] }> {
    try {
      const statements = await connection.extractStatements(sql);
      if (statements.count !== 1)
        throw new PlumblineError('SQL_FAILED', `${statements.count} statements were given; one is taken`);
      await connection.run(variableSet('archive_files', this.#log.archiveFiles()));
      await connection.run('begin transaction read only');
      const statement = await statements.prepare(0);
      // DuckDB holds a COPY to a file, an ATTACH or a CHECKPOINT for reading too.
      if (statement.statementType !== StatementType.SELECT && statement.statementType !== StatementType.EXPLAIN)
        throw new PlumblineError('SQL_FAILED', `${StatementType[statement.statementType]} is no query that only reads`);
      const result = await statement.stream();
      const columns = result.columnNames();
      const rows = await gatherAnswer(columns.length, result.yieldRows(), this.options.answer_bytes_max);
      return { columns, rows };
    } catch (error) {
      throw queryFailed(error);
    } finally {
      await connection.run('rollback').catch(() => undefined);
    }
  }

  /** Reading that a person has asked for, at the store's own connection: its caller sees to it that nothing else is there. */
  asked<Result>(read: () => Promise<Result>, ends: AnswerEnds = []): Promise<Result> {
    return this.#asked.reading(this.#connection, read, ends);
  }

  /** Whether a text could be run, without running it: its error names the line. */
  async check(sql: string): Promise<void> {
    try {
      (await this.#running.during(() => this.#connection.prepare(sql))).destroySync();
    } catch (error) {
      throw queryRefused(error);
    }
  }

  /** Creates what the text of a signal file says. */
  async define(sql: string): Promise<void> {
    await this.#statement(sql);
  }

  /**
   * Runs `work` in one transaction. Any error rolls back and is thrown: a failed statement leaves the transaction dead
   * although COMMIT would not say so.
   */
  async transaction<Result>(work: () => Promise<Result>): Promise<Result> {
    await this.#statement('begin');
    try {
      const result = await work();
      await this.#statement('commit');
      return result;
    } catch (error) {
      await this.#statement('rollback').catch(() => undefined);
      throw error;
    }
  }

  /** Appends rows given as columns; flushed and closed before it returns, so that a COMMIT holds them. */
  async append(table: string, columns: readonly AppendColumn[]): Promise<void> {
    const count = columns[0]?.values.length ?? 0;
    if (count === 0) return;
    const appender = await this.#running.during(() => this.#connection.createAppender(table));
    try {
      appendRows(appender, columns, count);
      appender.flushSync();
      appender.closeSync();
    } catch (error) {
      // Rows that it has would be written when it is collected, whatever was rolled back.
      appender.clear();
      throw error;
    }
  }

  /** Copies what a database file holds into a new one: what its unused blocks may still hold stays behind. */
  static async copyFile(from: string, to: string): Promise<void> {
    const instance = await DuckDBInstance.create(':memory:', BARE_DATABASE);
    const connection = await instance.connect();
    try {
      await connection.run(`attach ${literal(from)} as used (read_only); attach ${literal(to)} as copied`);
      await connection.run('copy from database used to copied');
    } finally {
      connection.closeSync();
      instance.closeSync();
    }
  }

  /** Keeps a database file open that nothing is read from, made when it is not there, until `close`. */
  static hold(path: string): Promise<HeldFile> {
    return held.hold(path);
  }

  checkpoint = (): Promise<void> => this.#statement('checkpoint');

  /** Interrupts what people have asked, and takes no more of it. */
  endQueries = (): Promise<void> => this.#asked.end();

  /** Waits for what runs; queries of people are interrupted. Nothing more is taken. */
  async close(): Promise<void> {
    await this.endQueries();
    await this.#running.end();
    this.#connection.closeSync();
    this.#instance.closeSync();
    removeSpillFolder(this.#spill);
  }

  async #statement(text: string): Promise<void> {
    await this.#running.during(() => this.#connection.run(text));
  }

  #execute(name: string, parameters: Parameters): Promise<DuckDBMaterializedResult> {
    return this.#running.during(async () => {
      const text = writtenOut(readStatement(name), parameters);
      if (text !== null) return await this.#connection.run(text);
      const statement = await this.#prepare(name, parameters);
      try {
        return await statement.run();
      } finally {
        statement.destroySync();
      }
    });
  }

  async #prepare(name: string, parameters: Parameters): Promise<DuckDBPreparedStatement> {
    const statement = await this.#connection.prepare(readStatement(name));
    const types = Object.fromEntries(Object.entries(parameters).map(([key, value]) => [key, parameterType(value)]));
    const values = Object.fromEntries(
      Object.entries(parameters).map(([key, value]) => [
        key,
        typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : value,
      ]),
    );
    try {
      statement.bind(values as Record<string, DuckDBValue>, types);
      return statement;
    } catch (error) {
      statement.destroySync();
      throw error;
    }
  }

  /** `batch_scan()`: seq, then the columns of the contract, copied 2,048 rows at a time straight from their arrays. */
  #batchScan(): DuckDBTableFunction {
    const columns = EVENT_COLUMNS.filter(({ name }) => name !== 'arrived_at' && name !== 'event_id');
    return DuckDBTableFunction.create({
      name: 'batch_scan',
      supportsProjectionPushdown: true,
      bindFunction: (bind) => {
        bind.addResultColumn('seq', BIGINT);
        for (const { name, form } of columns) bind.addResultColumn(name, DUCKDB_TYPES[form]);
        bind.setCardinality(this.#batch?.rows ?? 0, true);
      },
      initFunction: (init) => {
        init.setMaxThreads(1);
        init.setInitData({ at: 0, batch: this.#batch, wanted: init.getColumnIndexes() });
      },
      mainFunction: (info, output) => {
        const scan = info.getInitData() as { at: number; batch: Batch | null; wanted: number[] };
        const rows = scan.batch === null ? 0 : Math.min(CHUNK_ROWS, scan.batch.rows - scan.at);
        output.rowCount = rows;
        if (rows === 0 || scan.batch === null) return;
        for (let index = 0; index < scan.wanted.length; index++) {
          const target = bindings.data_chunk_get_vector(output.chunk, index);
          const wanted = scan.wanted[index]!;
          if (wanted === 0) copySequence(bindings, target, scan.batch.first_seq + scan.at, rows);
          else {
            const column = columns[wanted - 1]!;
            copyColumn(bindings, target, column.form, scan.batch.columns.get(column.name), scan.at, rows);
          }
        }
        scan.at += rows;
      },
    });
  }

  /** `log_scan()`: frame and seq, then every column of the contract, of the frames that `setLog` told of. */
  #logScan(): DuckDBTableFunction {
    return DuckDBTableFunction.create({
      name: 'log_scan',
      supportsProjectionPushdown: true,
      bindFunction: (bind) => {
        bind.addResultColumn('frame', BIGINT);
        bind.addResultColumn('seq', BIGINT);
        for (const { name, form, values } of EVENT_COLUMNS) {
          const type = form === 'boolean' ? BOOLEAN : DUCKDB_TYPES[form];
          bind.addResultColumn(name, values === undefined ? type : ENUM([...values]));
        }
      },
      initFunction: (init) => {
        init.setMaxThreads(1);
        init.setInitData({ parts: partsOf(this.#log.frames()), wanted: init.getColumnIndexes() });
      },
      mainFunction: (info, output) => {
        const { parts, wanted } = info.getInitData() as { parts: Iterator<LogPart, undefined>; wanted: number[] };
        output.rowCount = 0;
        try {
          const part = parts.next().value;
          if (part === undefined) return;
          output.rowCount = part.rows;
          for (const [index, column] of wanted.entries())
            copyPart(bindings, bindings.data_chunk_get_vector(output.chunk, index), part, column);
        } catch (error) {
          this.#log_error = error;
          info.setError(error instanceof Error ? error.message : String(error));
        }
      },
    });
  }
}

function appendRows(appender: DuckDBAppender, columns: readonly AppendColumn[], count: number): void {
  for (let row = 0; row < count; row++) {
    for (const column of columns) {
      const value = column.values[row];
      if (value === null || value === undefined) appender.appendNull();
      else if (column.type === 'text') appender.appendVarchar(value as string);
      else if (column.type === 'double') appender.appendDouble(value as number);
      else if (column.type === 'boolean') appender.appendBoolean(value as boolean);
      else if (column.type === 'integer32') appender.appendInteger(value as number);
      else if (column.type === 'texts') appender.appendList(listValue(value as string[]), LIST(VARCHAR));
      else if (column.type === 'date') appender.appendDate(dateOf(value as string));
      else if (column.type === 'timestamp') appender.appendTimestamp(new DuckDBTimestampValue(BigInt(value as number)));
      else appender.appendBigInt(BigInt(value as number));
    }
    appender.endRow();
  }
}

function dateOf(day: string): DuckDBDateValue {
  return new DuckDBDateValue(Math.floor(Date.parse(`${day}T00:00:00Z`) / 86_400_000));
}

function parameterType(value: number | string | boolean | null): DuckDBType {
  if (typeof value === 'number') return Number.isInteger(value) ? BIGINT : DOUBLE;
  return typeof value === 'boolean' ? BOOLEAN : VARCHAR;
}
