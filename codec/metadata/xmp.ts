/** Makes an XMP packet fit samples that were turned upright. */

/** `tiff:Orientation` as an attribute or as an element, from 2 to 8. */
const orientation = /(\btiff:Orientation\s*(?:=\s*["']|>)\s*)[2-8](?=\s*(?:["']|<))/g;

/**
 * A copy of a packet with the orientation 1, without the zero bytes that some programs end it with. Undefined for what
 * is no UTF-8, is empty or has a zero within, which XML cannot.
 */
export function uprightXmp(xmp: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(xmp);
  } catch {
    return undefined;
  }
  const packet = text.replace(/\0+$/, '');
  if (packet === '' || packet.includes('\0')) return undefined;
  return new TextEncoder().encode(packet.replace(orientation, '$11')) as Uint8Array<ArrayBuffer>;
}
