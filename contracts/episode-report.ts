import type { Directive } from './directive.js';
import { instantText } from './duration.js';
import type { Episode } from './episode.js';
import type { DirectiveReport, EpisodeReport } from './reports.js';
import { parseSegmentKey } from './signal.js';

/** How people read a stream: `unit`, and what the natural scale is divided by to come to it. */
export interface ReadingUnit {
  readonly unit: string;
  readonly scale: number;
}

/** The report of an episode. A relationship is read in `{ unit: 'correlation', scale: 1 }`, a mix in `ratio`. */
export function episodeReport(episode: Episode, reading: ReadingUnit): EpisodeReport {
  const { verdict } = episode;
  return {
    id: episode.id,
    signal: episode.signal,
    relationship: episode.relationship,
    label: episode.label,
    part: episode.part,
    segment: { ...parseSegmentKey(episode.segment) } as Record<string, string>,
    direction: episode.direction,
    is_harmful: episode.is_harmful,
    severity: episode.severity,
    state: episode.state,
    began_at: instantText(episode.began_us),
    detected_at: instantText(episode.detected_us),
    closed_at: episode.closed_us === null ? null : instantText(episode.closed_us),
    unit: reading.unit,
    expected: episode.expected / reading.scale,
    expected_low: episode.expected_low / reading.scale,
    expected_high: episode.expected_high / reading.scale,
    observed: episode.observed / reading.scale,
    leaves: episode.leaves,
    evidence: {
      log_evidence: verdict.log_evidence,
      log_threshold: verdict.log_threshold,
      units: episode.units,
      effect: verdict.effect,
      effect_confidence: verdict.effect_confidence,
      detector: episode.detector,
      baseline_version: episode.baseline_version,
      details: { ...verdict.details },
    },
    folded: episode.folded.map(({ signal, segment, detected_us, units, log_evidence, residual_log_evidence }) => ({
      signal,
      segment: { ...parseSegmentKey(segment) } as Record<string, string>,
      detected_at: instantText(detected_us),
      units,
      log_evidence,
      residual_log_evidence,
    })),
  };
}

/** The report of a directive: without its evidence, which the episode it names has. */
export function directiveReport(directive: Directive): DirectiveReport {
  const { id, action, target, value, unit, mode, rule, episode_id, issued_at, expires_at, epoch, seq, policy_version } =
    directive;
  return { id, action, target, value, unit, mode, rule, episode_id, issued_at, expires_at, epoch, seq, policy_version };
}
