import { extname } from 'node:path';

const extensions = new Set(['.png', '.jpg', '.jpeg', '.webp', '.tif', '.tiff', '.avif']);

/** Whether a file name has the extension of a picture that `readImage` reads. */
export function isPictureName(name: string): boolean {
  return extensions.has(extname(name).toLowerCase());
}
