// What a report does unless it is told otherwise, and the formats it knows; light enough to print a help text from.

export const defaultCodecs =
  'nic,mozjpeg,mozjpeg:chroma=444,jpeg,jpeg:chroma=444,jpeg-js,webp,avif,jxl';

/** Pictures in the viewer of the page. */
export const defaultPictures = 3;

export const reportFormats = ['html', 'json', 'csv', 'md', 'svg', 'png'] as const;
export type ReportFormat = (typeof reportFormats)[number];
