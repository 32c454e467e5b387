/**
 * Ten screens and drawings of 768 x 512 pixels, drawn by code: what photographs lack, sharp edges, flat areas, text and thin lines. Free to
 * use for tests and measurements, and the same samples on every machine.
 */
import type { Picture } from '../../codec/index.ts';
import { drawChart } from './chart.ts';
import { drawCodeEditor } from './code-editor.ts';
import { drawDialog } from './dialog.ts';
import { drawFlowDiagram } from './flow-diagram.ts';
import { drawIcons } from './icons.ts';
import { drawLineArt } from './line-art.ts';
import { drawPixelArt } from './pixel-art.ts';
import { drawRoadMap } from './road-map.ts';
import { drawSpreadsheet } from './spreadsheet.ts';
import { drawTextPage } from './text-page.ts';

/** By the names of their files, without the extension. */
export const drawings: Readonly<Record<string, () => Picture>> = {
  chart: drawChart,
  'code-editor': drawCodeEditor,
  dialog: drawDialog,
  'flow-diagram': drawFlowDiagram,
  icons: drawIcons,
  'line-art': drawLineArt,
  'pixel-art': drawPixelArt,
  'road-map': drawRoadMap,
  spreadsheet: drawSpreadsheet,
  'text-page': drawTextPage,
};
