/** Makes an XMP packet fit samples that were turned upright. */

/** `tiff:Orientation` as an attribute or as an element, from 2 to 8. */
const orientation = /(\btiff:Orientation\s*(?:=\s*["']|>)\s*)[2-8](?=\s*(?:["']|<))/g;

/** A copy of a packet with the orientation 1; undefined for what is no UTF-8. */
export function uprightXmp(xmp: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(xmp);
  } catch {
    return undefined;
  }
  return new TextEncoder().encode(text.replace(orientation, '$11')) as Uint8Array<ArrayBuffer>;
}
