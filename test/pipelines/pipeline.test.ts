import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../contracts/clock.js';
import type { DigestReport, ReplayResult } from '../../contracts/reports.js';
import { detectors } from '../../detectors/index.js';
import { logOddsRatio } from '../../detectors/stats/log-odds-ratio.js';
import type { PipelineInput } from '../../pipelines/pipeline.js';
import { rebuild } from '../../pipelines/rebuild.js';
import {
  fromFile,
  newFolder,
  openSmall,
  type RunOptions,
  SMALL_CONFIG_TEXT,
  simulated,
  smallConfig,
  smallEvents,
  smallLines,
} from './small-run.js';

interface Outcome {
  readonly result: ReplayResult;
  readonly digest: DigestReport;
  /** Signal and segment of the spans that baselines leave out because of a folded drift. */
  readonly left_out: unknown[][];
  /** Time, kind, subject and body of each entry, in order. */
  readonly journal: unknown[][];
}

async function run(data_dir: string, inputs: readonly PipelineInput[], options: RunOptions = {}): Promise<Outcome> {
  const pipeline = await openSmall(data_dir, inputs, options);
  try {
    await pipeline.run();
    const { rows } = await pipeline.query(
      "select signal, segment from excluded_spans where reason = 'folded' order by subject, from_at, signal, segment",
    );
    const journal = await pipeline.query(
      'select epoch_us(happened_at)::varchar, kind, subject, body from journal order by ordinal',
    );
    const [result, digest] = [await pipeline.result(), await pipeline.digest()];
    return { result, digest, left_out: rows, journal: journal.rows };
  } finally {
    await pipeline.close();
  }
}

interface Acknowledged {
  readonly id: string;
  readonly at_ms: number;
  readonly status: string;
}
const NOBODY: Acknowledged = { id: 'never_issued', at_ms: Date.parse('2025-09-15T23:00:00Z'), status: 'applied' };
const ACKNOWLEDGEMENTS = 4_500;

/**
 * What a control plane says of directives, among much about directives that were never issued, and with it an input that
 * is behind: all of it lies ahead of the watermark, by days.
 */
function besideEvents(folder: string, said: readonly Acknowledged[] = []): PipelineInput[] {
  const line = (id: string, type: string, at_ms: number, data: object) =>
    JSON.stringify({ specversion: '1.0', id, source: 'control', type, time: new Date(at_ms).toISOString(), data });
  const lines = Array.from({ length: ACKNOWLEDGEMENTS }, (_, index) => {
    const { id, at_ms, status } = (index % 100 === 99 ? said[(index - 99) / 100] : undefined) ?? NOBODY;
    return line(`ack-${index}`, 'directive.acknowledged', at_ms, { directive_id: id, target: 'all', status });
  });
  const [behind, control] = [join(folder, 'behind.ndjson'), join(folder, 'control.ndjson')];
  writeFileSync(behind, `${line('behind', 'source.watermark', Date.parse('2025-09-08T13:00:00Z'), {})}\n`);
  writeFileSync(control, `${lines.join('\n')}\n`);
  return [fromFile(behind), fromFile(control)];
}

const ids = ({ result }: Outcome) => result.directives.map(({ id }) => id);

describe('the whole flow over a small fleet', () => {
  const folder = newFolder();
  const data_dir = join(folder, 'first');
  /** What the simulation brings, as a file. */
  const events = join(folder, 'events.ndjson');
  let first: Outcome;

  beforeAll(async () => {
    writeFileSync(events, smallEvents(folder, 7));
    first = await run(data_dir, [...besideEvents(folder), simulated(folder, 7)]);
  }, 180_000);

  it('finds the planted drifts and answers them', () => {
    const streams = new Set(first.result.episodes.map(({ signal }) => signal));
    expect(streams).toContain('answer_rate');
    expect(streams).toContain('interruption_rate_by_callee');
    expect(first.result.directives.map(({ action }) => action)).toEqual(
      expect.arrayContaining(['throttle', 'recalibrate_prompt']),
    );
  });

  it('learns nothing from a drift that was folded into an episode', () => {
    const folded = first.result.episodes.flatMap((episode) => episode.folded);
    expect(folded.length).toBeGreaterThan(0);
    expect(first.left_out).toHaveLength(folded.length);
    expect(new Set(first.left_out.map(([signal]) => signal))).toEqual(new Set(folded.map(({ signal }) => signal)));
  });

  it('knows the association of two outcomes within calls, from the counts of its windows, and watches it', async () => {
    const pipeline = await openSmall(data_dir, []);
    try {
      const { rows: baselines } = await pipeline.query(`
        select correlation, standard_error, windows, epoch_us(history_from) as from_us, epoch_us(history_to) as to_us
        from relationship_baselines
        inner join baseline_versions using (version)
        where relationship = 'interrupted_conversions' and as_of = (select max(as_of) from baseline_versions)`);
      const [correlation, standard_error, windows, from_us, to_us] = baselines[0]! as number[];
      const { rows } = await pipeline.query(`
        select
          sum(if(interruptions_by_callee > 0, 1, 0) * is_converted)::integer,
          sum(if(interruptions_by_callee > 0, 1, 0) * (1 - is_converted))::integer,
          sum(if(interruptions_by_callee > 0, 0, 1) * is_converted)::integer,
          sum(if(interruptions_by_callee > 0, 0, 1) * (1 - is_converted))::integer
        from (
          select *, exists (
            select 1 from outcomes
            where outcomes.call_key = finished_calls.call_key and outcome in ('booked', 'qualified', 'converted')
              and happened_at <= ended_at + interval 10 minute
          )::integer as is_converted
          from finished_calls
        )
        where answered_by = 'human' and not is_timed_out and ended_at >= make_timestamp(${from_us}) and ended_at < make_timestamp(${to_us})
        group by time_bucket(interval 1 hour, ended_at)
        having count(*) >= 20`);
      const tables = (rows as number[][]).map(([both, x_only, y_only, neither]) => ({ both, x_only, y_only, neither }));
      const estimate = logOddsRatio(tables)!;
      expect(windows).toBe(tables.length);
      expect(4 * Math.atanh(correlation)).toBeCloseTo(estimate.log_odds_ratio, 9);
      expect(4 * standard_error).toBeCloseTo(estimate.standard_error, 9);
      const { rows: judged } = await pipeline.query(
        "select count(*)::integer from verdicts where relationship = 'interrupted_conversions' and isfinite(log_evidence)",
      );
      expect(judged[0]![0]).toBeGreaterThan(3);
      const { rows: apart } = await pipeline.query(
        'select count(*)::integer from verdicts where signal in (select signal from signals where not is_watched)',
      );
      expect(apart).toEqual([[0]]);
    } finally {
      await pipeline.close();
    }
  });

  it('keeps received = landed + rejected + duplicate', () => {
    const { received, landed, rejected, duplicate } = first.result.events;
    expect(received).toBeGreaterThan(50_000);
    expect(landed + rejected + duplicate).toBe(received);
  });

  it('gives the same directives and the same digest of every relation however the input was cut, and from a file', async () => {
    // Latest first, in two frames.
    const said = first.result.directives
      .flatMap(({ id, issued_at }) => [
        { id, at_ms: Date.parse(issued_at) + 60_000, status: 'applied' },
        { id, at_ms: Date.parse(issued_at) + 120_000, status: 'unknown' },
      ])
      .sort((one, other) => other.at_ms - one.at_ms);
    const inputs = [...besideEvents(folder, said), fromFile(events)];
    const cut = await run(join(folder, 'cut'), inputs, { land: { batch_rows_max: 4_000 }, observations_max: 3_000 });
    expect(cut.result.events).toEqual(first.result.events);
    expect(ids(cut)).toEqual(ids(first));
    const untold = ({ digest }: Outcome) =>
      digest.relations.filter(({ relation }) => !['acknowledgements', 'journal'].includes(relation));
    expect(untold(cut)).toEqual(untold(first));
    // They came days before event time did, and are taken in the order of their time; nothing else moves.
    const isSaid = ([, kind]: unknown[]) => kind === 'directive_acknowledged';
    expect(cut.journal.filter(isSaid).map(([at_us, , id]) => [Number(at_us), id])).toEqual(
      said.toSorted((one, other) => one.at_ms - other.at_ms).map(({ id, at_ms }) => [at_ms * 1000, id]),
    );
    expect(first.journal.filter(isSaid)).toEqual([]);
    expect(cut.journal.filter((entry) => !isSaid(entry))).toEqual(first.journal);
  }, 180_000);

  it('derives the same store again from the log', async () => {
    const write = () => undefined;
    await rebuild({
      config: smallConfig(),
      config_text: SMALL_CONFIG_TEXT,
      data_dir,
      detectors,
      clock: systemClock,
      write,
    });
    const pipeline = await openSmall(data_dir, []);
    try {
      expect(await pipeline.digest()).toEqual(first.digest);
    } finally {
      await pipeline.close();
    }
  }, 180_000);

  it('goes on where it was stopped, with the same episodes and directives', async () => {
    const stopped = join(folder, 'stopped');
    const stop = new AbortController();
    const onProgress = ({ events }: { events: { landed: number } }) => {
      if (events.landed > 60_000) stop.abort();
    };
    const inputs = [...besideEvents(folder), fromFile(events)];
    const half = await openSmall(stopped, inputs, {
      land: { batch_rows_max: 20_000 },
      signal: stop.signal,
      onProgress,
    });
    await half.run();
    expect(half.progress.events.landed).toBeLessThan(first.result.events.landed);
    await half.close();
    const whole = await run(stopped, inputs, { land: { batch_rows_max: 20_000 } });
    expect(whole.result.events).toEqual(first.result.events);
    expect(ids(whole)).toEqual(ids(first));
    // A second start raises the epoch, under which it issues.
    const underAnyEpoch = ({ digest }: Outcome) =>
      digest.relations.filter(({ relation }) => !['directives', 'deliveries', 'journal'].includes(relation));
    expect(underAnyEpoch(whole)).toEqual(underAnyEpoch(first));
  }, 180_000);
});

describe('input that is not as it should be', () => {
  it('is kept, counted and told, and stops nothing', async () => {
    const folder = newFolder();
    const lines = smallLines(folder, 3, 4_000);
    const late = lines[10]!.replace(/"id":"[^"]*"/, '"id":"late-1"');
    const spoilt = [
      ...lines.slice(0, 2_000),
      '{"specversion":"1.0","id":',
      lines[5]!.replace('call.', 'cal.'),
      lines[100]!,
      lines[5]!.replace(/"time":"[^"]*"/, '"time":"1970-01-01T00:00:00Z"'),
      ...lines.slice(2_000),
      late,
      '',
    ];
    const file = join(folder, 'spoilt.ndjson');
    writeFileSync(file, spoilt.join('\n'));
    const { result } = await run(join(folder, 'data'), [fromFile(file)]);
    const { received, landed, rejected, duplicate, late: lateCount } = result.events;
    expect({ rejected, duplicate, lateCount }).toEqual({ rejected: 3, duplicate: 1, lateCount: 1 });
    expect(landed + rejected + duplicate).toBe(received);
  }, 60_000);
});

describe('a late event', () => {
  it('fills in its call and makes the next revision of what was observed, the same however the input was cut', async () => {
    const folder = newFolder();
    const lines = smallLines(folder, 3, 6_000);
    const at = lines.findIndex((line, index) => index > 500 && line.includes('"call.answered"'));
    const moved = [...lines.slice(0, at), ...lines.slice(at + 1, 4_000), lines[at]!, ...lines.slice(4_000), ''];
    const file = join(folder, 'moved.ndjson');
    writeFileSync(file, moved.join('\n'));
    const outcomes: unknown[] = [];
    for (const batch_rows_max of [131_072, 700]) {
      const pipeline = await openSmall(join(folder, String(batch_rows_max)), [fromFile(file)], {
        land: { batch_rows_max },
      });
      try {
        await pipeline.run();
        expect((await pipeline.result()).events.late).toBe(1);
        const { rows } = await pipeline.query(
          "select first_made.total, revised.total, revised.revision from observations as first_made inner join observations as revised using (signal, segment, window_start) where first_made.revision = 0 and revised.revision > 0 and signal = 'answer_rate' and segment = 'all'",
        );
        expect(rows).toHaveLength(1);
        const [[before, after, revision]] = rows as [[number, number, number]];
        expect({ gained: after - before, revision }).toEqual({ gained: 1, revision: 1 });
        outcomes.push(await pipeline.digest());
      } finally {
        await pipeline.close();
      }
    }
    expect(outcomes[1]).toEqual(outcomes[0]);
  }, 120_000);
});

describe('a contact', () => {
  it('is somebody who is called, in the order of the calls, whoever is written to and however the input was cut', async () => {
    const folder = newFolder();
    const line = (id: number, type: string, data: Record<string, unknown>) => {
      const time = new Date(Date.parse('2025-10-06T15:00:00Z') + id * 1000).toISOString();
      return JSON.stringify({ specversion: '1.0', id: String(id), source: 's', type, time, data });
    };
    const file = join(folder, 'events.ndjson');
    const written = { message_id: 'm', channel: 'sms', callee: '+14155550100' };
    const lines = [line(0, 'message.sent', written)];
    for (let call = 1; call <= 3; call++) {
      lines.push(line(call * 10, 'call.initiated', { call_id: `c${call}`, callee: `+1415555020${call}` }));
      lines.push(line(call * 10 + 5, 'call.ended', { call_id: `c${call}`, disposition: 'busy' }));
    }
    writeFileSync(file, lines.join('\n'));
    const digests: DigestReport[] = [];
    for (const batch_rows_max of [1, 1_000]) {
      const data_dir = join(folder, String(batch_rows_max));
      const land = { batch_rows_max, duplicate_entries_max: 4_096 };
      const pipeline = await openSmall(data_dir, [fromFile(file)], { land });
      await pipeline.run();
      expect((await pipeline.query('select contact_id from calls order by call_id')).rows).toEqual([[1], [2], [3]]);
      digests.push(await pipeline.digest());
      await pipeline.close();
    }
    expect(digests[1]).toEqual(digests[0]);
  });
});
