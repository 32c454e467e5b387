// The part of the README that comes from the stored rows: the figure, the table and the line that says what was
// measured, between two markers.
import type { Report } from './aggregate.ts';
import { figurePublished } from './formats.ts';
import { provenanceLine, summaryTable } from './markdown.ts';

export const readmeMarkers = { start: '<!-- report:start -->', end: '<!-- report:end -->' };

/** What stands between the markers. `figure` is the path of the picture from the README. */
export function readmeSection(report: Report, figure: string): string {
  return `${readmeMarkers.start}
![PSNR over bits per pixel of nic and other codecs on ${report.dataset.name}](${figure})

${summaryTable(report, figurePublished)}

${provenanceLine(report)} BD-rate by PCHIP on the logarithm of the rate over the mean curves; MP/s of CPU time, as on one thread.
${readmeMarkers.end}`;
}

/** The README with its section replaced; undefined where it has no markers. */
export function replaceSection(readme: string, section: string): string | undefined {
  const start = readme.indexOf(readmeMarkers.start);
  const end = readme.indexOf(readmeMarkers.end);
  if (start < 0 || end < start) return undefined;
  return readme.slice(0, start) + section + readme.slice(end + readmeMarkers.end.length);
}
