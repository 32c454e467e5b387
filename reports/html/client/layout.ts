// The layout that the charts of a page have in common.
import { cssVariable } from './page-data.ts';

/** What all charts share: the colors and fonts of the page, less margin and the legend below on a phone. */
export function baseLayout(): Record<string, unknown> {
  const narrow = window.innerWidth < 640;
  return {
    paper_bgcolor: 'transparent',
    plot_bgcolor: 'transparent',
    font: {
      color: cssVariable('--text'),
      family: 'system-ui, "DejaVu Sans", sans-serif',
      size: 13,
    },
    margin: { l: narrow ? 44 : 62, r: 12, t: 26, b: 50 },
    hovermode: 'closest',
    hoverlabel: { align: 'left' },
    legend: narrow
      ? {
          orientation: 'h',
          y: -0.22,
          entrywidth: 0.48,
          entrywidthmode: 'fraction',
          font: { size: 11 },
        }
      : { x: 1.01, y: 1 },
  };
}

/** An axis with a title, in the colors of the page. */
export function axis(title: string): Record<string, unknown> {
  return {
    title: { text: title },
    gridcolor: cssVariable('--line'),
    zerolinecolor: cssVariable('--muted'),
    linecolor: cssVariable('--line'),
  };
}
