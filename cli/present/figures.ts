import type { DirectiveReport, EpisodeReport } from '../../contracts/reports.js';
import { REST_PART } from '../../contracts/verdict.js';
import { printable } from './text.js';

/** Figures as people read them. */

/** `1,812,345` */
export function countText(count: number): string {
  return Math.round(count).toLocaleString('en-US');
}

/** A value in its unit: `50.3 %` of a ratio, `0.82 per minute`, `612 ms`, `-0.71` of a correlation. */
export function valueText(value: number, unit: string): string {
  const number = numberText(value, unit);
  return unit === 'ratio' ? `${number} %` : unit === 'correlation' ? number : `${number} ${printable(unit)}`;
}

/** `50.3 % (47.9 to 52.7)` */
export function intervalText(value: number, low: number, high: number, unit: string): string {
  return `${valueText(value, unit)} (${numberText(low, unit)} to ${numberText(high, unit)})`;
}

function numberText(value: number, unit: string): string {
  if (unit === 'ratio') return (value * 100).toFixed(1);
  if (unit === 'correlation') return value.toFixed(2);
  if (Math.abs(value) >= 1_000) return countText(value);
  return String(Number(value.toPrecision(3)));
}

/** `2.4 million`, `more than 10^15`: how large something is, where its digits do not matter. */
export function magnitudeText(log: number): string {
  const power = Math.floor(log / Math.LN10);
  if (power >= 15) return 'more than 10^15';
  const value = Math.exp(log);
  for (const [name, size] of [
    ['trillion', 1e12],
    ['billion', 1e9],
    ['million', 1e6],
  ] as const) {
    if (value >= size) return `${Number((value / size).toPrecision(2))} ${name}`;
  }
  return countText(Number(value.toPrecision(2)));
}

/** What the evidence means: how rare such a stream is while nothing has changed, and from where on it counts. */
export function evidenceText(episode: EpisodeReport): string {
  const units = episode.relationship === null ? 'calls' : 'windows';
  const { log_evidence, log_threshold } = episode.evidence;
  return `by chance once in ${magnitudeText(log_evidence)} ${units}; the budget lets it act from ${magnitudeText(log_threshold)} on`;
}

/** `number_pool west_a, campaign spring`, or `the whole fleet`. */
export function segmentText(segment: Readonly<Record<string, string>>): string {
  const parts = Object.entries(segment).map(([dimension, value]) => `${dimension} ${printable(value)}`);
  return parts.length === 0 ? 'the whole fleet' : parts.join(', ');
}

/** `answer_rate down`, `answer_voicemail inverted`, `call_outcomes: busy_share up`. */
export function streamText(
  episode: Pick<EpisodeReport, 'signal' | 'relationship' | 'label' | 'part' | 'direction'>,
): string {
  if (episode.part !== null)
    return `${printable(episode.relationship ?? '')}: ${partText(episode.part)} ${episode.direction}`;
  if (episode.signal !== null) return `${printable(episode.signal)} ${episode.direction}`;
  return `${printable(episode.relationship ?? '')} ${episode.label ?? episode.direction}`;
}

/** `busy_share`, or what no part of the mix counts. */
function partText(part: string): string {
  return part === REST_PART ? 'the rest' : printable(part);
}

/** `throttle number_pool=west_a to 1 calls_per_minute`; a switch or a name stands after a colon. */
export function instructionText(directive: DirectiveReport): string {
  const { action, target, value, unit } = directive;
  const setting =
    typeof value === 'number' ? `${value} ${printable(unit)}` : `${printable(unit)} ${printable(String(value))}`;
  return `${action} ${target === 'all' ? 'the whole fleet' : printable(target)}: ${setting}`;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** `2025-10-07 11:13`, in a time zone. */
export function localText(instant: string, time_zone: string): string {
  let format = formats.get(time_zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('sv-SE', {
      timeZone: time_zone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
    });
    formats.set(time_zone, format);
  }
  return format.format(Date.parse(instant)).replace(',', '');
}

/** `11:13`, and the day before it where it is not the day of `beside`. */
export function localTimeText(instant: string, beside: string, time_zone: string): string {
  const text = localText(instant, time_zone);
  return text.slice(0, 10) === localText(beside, time_zone).slice(0, 10) ? text.slice(11) : text;
}

/** `41.2 s`, `3 min 20 s`. */
export function secondsText(seconds: number): string {
  if (seconds < 100) return `${seconds.toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

/** Bytes with their unit: `512 B`, `1.4 MB`. */
export function bytesText(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  const at = Math.min(3, Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1_000 ** at).toFixed(1)} ${['B', 'kB', 'MB', 'GB'][at]}`;
}
