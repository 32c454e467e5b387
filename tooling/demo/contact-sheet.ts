// Pictures of one size in rows and columns, each with its label above.
import type { Picture } from '../../codec/index.ts';
import { drawText, textHeight } from './bitmap-font.ts';

export interface Panel {
  readonly label: string;
  readonly picture: Picture;
}

/** Larger pictures are shown by a cut of this size from their middle. */
const maxPanel = { width: 768, height: 512 };
const gap = 8;
const labelHeight = textHeight + 2 * gap;
const background = 24;

/** One RGB picture of all panels, row by row; all pictures have the same size. */
export function contactSheet(rows: readonly (readonly Panel[])[]): Picture {
  const [{ picture: first }] = rows[0];
  const width = Math.min(first.width, maxPanel.width);
  const height = Math.min(first.height, maxPanel.height);
  const columns = Math.max(...rows.map((row) => row.length));
  const sheetWidth = columns * (width + gap) + gap;
  const sheetHeight = rows.length * (labelHeight + height) + gap;
  const data = new Uint8Array(sheetWidth * sheetHeight * 3).fill(background);
  const sheet: Picture = { width: sheetWidth, height: sheetHeight, channels: 3, data };
  for (const [row, panels] of rows.entries()) {
    for (const [column, { label, picture }] of panels.entries()) {
      const left = gap + column * (width + gap);
      const top = labelHeight + row * (labelHeight + height);
      drawText(sheet, label, left, top - textHeight - gap);
      paste(sheet, picture, left, top, width, height);
    }
  }
  return sheet;
}

function paste(
  sheet: Picture,
  picture: Picture,
  left: number,
  top: number,
  width: number,
  height: number,
): void {
  const cutLeft = (picture.width - width) >> 1;
  const cutTop = (picture.height - height) >> 1;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = ((cutTop + y) * picture.width + cutLeft + x) * picture.channels;
      const to = ((top + y) * sheet.width + left + x) * 3;
      for (let channel = 0; channel < 3; channel++) {
        sheet.data[to + channel] = picture.data[from + (picture.channels === 3 ? channel : 0)];
      }
    }
  }
}
