import { describe, expect, it } from 'vitest';
import type { PresentOptions } from '../../cli/present/episodes.js';
import {
  countText,
  intervalText,
  localText,
  magnitudeText,
  secondsText,
  valueText,
} from '../../cli/present/figures.js';
import { lintLines } from '../../cli/present/lint.js';
import { demoLines, replayLines } from '../../cli/present/result.js';
import { sqlLines } from '../../cli/present/sql-table.js';
import { statusLines } from '../../cli/present/status.js';
import { colorsOf, printable, tableLines, wrapped } from '../../cli/present/text.js';
import { demo, hostile, review } from './sample-result.js';

const options: PresentOptions = { colors: colorsOf(false), width: 96, time_zone: 'America/Chicago' };
const result = { ...options, program: 'plumbline' };

describe('the end of a demo', () => {
  it('tells what came, what drifted, what is to be done, what was planted and where to look', () => {
    expect(`\n${demoLines(demo, result).join('\n')}\n`).toMatchInlineSnapshot(`
      "
      Events
        1,812,345 received = 1,812,001 landed + 0 rejected + 344 duplicate; 12 late
        412,331 observations against 13,104 baselines, in 41.2 s

      Drift that a directive answers (2)
        answer_rate down in number_pool west_a  critical
          began     2025-10-07 11:33, detected 11:52 after 120 calls, still open
          observed  30.0 %, expected 50.0 % (46.0 to 54.0)
          evidence  by chance once in 24 million calls; the budget lets it act from 3 million on
          directive throttle number_pool=west_a: 1 calls_per_minute (advise)
                    rule throttle_unanswered_pool; id 5f0c1a2b3c4d5e6f; lease until 15:22, renewed
                    once

        answer_voicemail inverted in campaign spring_renewal  major
          began     2025-10-07 10:00, detected 13:15 after 13 windows, over 19:30
          observed  0.48, expected -0.62 (-0.70 to -0.52)
          evidence  by chance once in 8,100 windows; the budget lets it act from 3,600 on
          directive review campaign=spring_renewal: queue revenue_operations (advise)
                    rule review_answer_voicemail; id 7f0c1a2b3c4d5e6f; lease until 13:52

      Drift without a directive of its own (1)
        10-07 11:52  response_latency down in campaign <script>alert(1)</script>\\u{202e}\\u{001b}[2J

      Planted drifts
                drift            in                  began  calls  minutes  limit
        found   answer_collapse  number_pool west_a  11:31     84       21     52
        MISSED  barge_in_rise    agent_version v2    12:03                     88
        calls and minutes: from the true start to detection. limit: least mean delay in calls of any
        method that is told the size of the shift and is allowed as few false directives.

      False directives
        none on the day of the drifts
        none on the quiet day before it (2025-10-06)
        1 in the weeks of history before that

      Look further
        pictures   .plumbline/demo-7/report.html
        store      .plumbline/demo-7/plumbline.duckdb
        ask it     plumbline sql --data-dir .plumbline/demo-7 "<query>"

          select 1;

          select 2;

          select
            3;
      "
    `);
  });

  it('keeps within the width, but for paths and queries', () => {
    for (const line of demoLines(demo, result)) expect(line.length).toBeLessThanOrEqual(96);
  });

  it('is quiet where nothing has drifted', () => {
    const text = replayLines({ ...demo, episodes: [], directives: [] }, result).join('\n');
    expect(text).toContain('none: everything that is watched lies where its baseline expects it');
  });

  it('does not call quiet what was not judged', () => {
    const text = replayLines({ ...demo, baselines: 0, episodes: [], directives: [] }, result).join('\n');
    expect(text).toContain('nothing was judged: there are no baselines yet');
    expect(text).not.toContain('none: everything');
  });

  it('says where to see what was rejected', () => {
    const command = 'plumbline rejected list --data-dir .plumbline/demo-7';
    expect(replayLines(demo, result).join('\n')).not.toContain(command);
    expect(replayLines({ ...demo, events: { ...demo.events, rejected: 2 } }, result).join('\n')).toContain(command);
  });

  it('has no control characters, whatever a sender put into a dimension', () => {
    const lines = demoLines(
      {
        ...demo,
        episodes: [hostile],
        directives: [{ ...review, episode_id: hostile.id, target: 'campaign=\u001b[2J' }],
      },
      result,
    );
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that they are not there is the point.
    expect(lines.join('')).not.toMatch(/[\u0000-\u001f\u202e]/);
  });
});

describe('status', () => {
  it('shows what is open and what is in force', () => {
    const lines = statusLines(
      {
        data_dir: '.plumbline',
        configuration_version: '0123456789ab',
        epoch: 2,
        watermark_at: '2025-10-07T16:45:00Z',
        events: demo.events,
        rejected_by_reason: { json_syntax: 1_200, id_conflict: 3 },
        observations: 10,
        rows_from: '2025-09-01T08:00:00Z',
        baselines: 0,
        baseline_version: null,
        unwatched_streams: 1_234,
        inputs: [{ input: 'file:a.ndjson', watermark_at: '2025-10-07T16:45:00Z', is_idle: true, is_ended: false }],
        open_episodes: demo.episodes.slice(0, 1),
        directives_in_force: demo.directives.slice(0, 1),
        is_running: true,
      },
      options,
    );
    const text = lines.join('\n');
    expect(text).toContain('running  .plumbline, configuration 0123456789ab, epoch 2');
    expect(text).toContain('file:a.ndjson  2025-10-07 11:45  idle');
    expect(text).toContain('throttle number_pool=west_a: 1 calls_per_minute  advise  until 13:52');
    expect(text).toContain('none learnt yet');
    expect(text).toContain('kept out: 1,200 json_syntax, 3 id_conflict');
    expect(text).toContain('rows of before 2025-09-01 03:00 have left the store (observe.rows_keep)');
    expect(text).toContain('not watched: 1,234 signals and relationships in segments');
  });
});

describe('a query', () => {
  it('is a table with numbers to the right and nothing for null', () => {
    const lines = sqlLines(
      {
        columns: ['name', 'n'],
        rows: [
          ['a', 1],
          ['bb', null],
          ['c\n', 1234],
        ],
      },
      options.colors,
    );
    expect(lines).toEqual(['name          n', 'a             1', 'bb', 'c\\u{000a}  1234', '3 rows']);
  });

  it('without rows still names its columns', () => {
    expect(sqlLines({ columns: ['a', 'b'], rows: [] }, options.colors)).toEqual(['a  b', '0 rows']);
  });
});

describe('lint', () => {
  it('puts the place first, then the fault, what is allowed and what was meant', () => {
    const problem = {
      code: 'CONFIG_FIELD_INVALID',
      file: 'c.yaml',
      line: 3,
      column: 5,
      message: 'wrong',
      detail: 'allowed: right',
      hint: 'Did you mean "right"?',
    };
    const document = {
      config: 'c.yaml',
      configuration_version: null,
      is_valid: false,
      problems: [problem],
      signals: 0,
      relationships: 0,
      rules: 0,
    };
    expect(lintLines(document, options)).toEqual([
      'c.yaml:3:5',
      '  wrong',
      '  allowed: right',
      '  Did you mean "right"?',
      '1 problem',
    ]);
  });
});

describe('figures', () => {
  it.each([
    [valueText(0.5031, 'ratio'), '50.3 %'],
    [valueText(-0.714, 'correlation'), '-0.71'],
    [valueText(0.8234, 'per minute'), '0.823 per minute'],
    [valueText(1849.6, 'ms'), '1,850 ms'],
    [intervalText(0.5, 0.479, 0.5269, 'ratio'), '50.0 % (47.9 to 52.7)'],
    [countText(1_812_345), '1,812,345'],
    [magnitudeText(Math.log(2_340_000)), '2.3 million'],
    [magnitudeText(Math.log(12_345)), '12,000'],
    [magnitudeText(80), 'more than 10^15'],
    [secondsText(41.23), '41.2 s'],
    [secondsText(200), '3 min 20 s'],
    [localText('2025-10-07T16:52:00Z', 'America/Chicago'), '2025-10-07 11:52'],
    [localText('2025-10-07T16:52:00Z', 'Asia/Kolkata'), '2025-10-07 22:22'],
  ])('%s', (text, expected) => {
    expect(text).toBe(expected);
  });
});

describe('text', () => {
  it('wraps behind its prefix', () => {
    expect(wrapped('  a  ', 'one two three', 12)).toEqual(['  a  one two', '     three']);
  });

  it('aligns columns and cuts what is too wide', () => {
    expect(
      tableLines(
        [
          ['a', '1'],
          ['a longer cell', '22'],
        ],
        ['left', 'right'],
        8,
      ),
    ).toEqual(['a          1', 'a longe…  22']);
  });

  it('shows marks that cannot be seen as their escapes', () => {
    expect(printable('a\u001b[2J\u2028\u202e\u200bb é 日本')).toBe('a\\u{001b}[2J\\u{2028}\\u{202e}\\u{200b}b é 日本');
  });
});
