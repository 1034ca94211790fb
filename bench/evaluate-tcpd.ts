import { readAnnotations, readTcpdSeries } from '../pipelines/evaluate/series/tcpd-folder.js';
import { runOnFolder } from './real-series/data-folder.js';
import { readPublishedDefaults } from './real-series/published-scores.js';
import { readRiverResults } from './real-series/river-results.js';
import { changesOfAll, scoreChanges } from './real-series/tcpd-evaluation.js';
import { tcpdLines } from './real-series/tcpd-lines.js';

/**
 * Change points of the series of the Turing Change Point Dataset, found as the series goes along, by its two scoring
 * rules, beside published methods that see the whole series at once. One setting for all series. Annotations are read
 * when every change has been told.
 */
runOnFolder(
  { name: 'evaluate:tcpd', summary: 'change points of the annotated series of TCPD', folder: 'turing-tcpd' },
  (folder) => {
    const series = readTcpdSeries(folder);
    const changes = changesOfAll(series);
    const annotations = readAnnotations(folder, series);
    const result = scoreChanges(series, changes, annotations, {
      published: readPublishedDefaults(folder),
      river: readRiverResults().tcpd,
    });
    return { result, lines: tcpdLines(result) };
  },
);
