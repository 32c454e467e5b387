// Says in the XMP of a picture that the perceptual decoder made it: not all of its texture was in the file.
import type { Metadata } from '../../../codec/index.ts';

/** Of the properties `decoder` and `realism`. */
const namespace = 'urn:nic:decoding#';

const endOfDescriptions = /<\/[\w.-]+:RDF\s*>(?![\s\S]*<\/[\w.-]+:RDF\s*>)/;

/**
 * The metadata with a description of its own for the note. What is no XMP stays as it is, with a warning: there is
 * nowhere to put the note. XMP that would outgrow `mostBytes` gives way to the note alone, with a warning.
 */
export function noteRealism(
  metadata: Metadata | undefined,
  realism: number,
  mostBytes: number,
  warn: (message: string) => void,
): Metadata {
  const note =
    '<rdf:Description rdf:about="" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" ' +
    `xmlns:nic="${namespace}" nic:decoder="perceptual" nic:realism="${realism}"/>`;
  if (metadata?.xmp !== undefined && metadata.xmp.length + note.length > mostBytes) {
    warn(
      `XMP of ${metadata.xmp.length} bytes was dropped but for the note that the decoder was the perceptual one: ` +
        `the format holds at most ${mostBytes}`,
    );
    return noteRealism({ ...metadata, xmp: undefined }, realism, mostBytes, warn);
  }
  const text =
    metadata?.xmp === undefined
      ? '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">' +
        '</rdf:RDF></x:xmpmeta>'
      : new TextDecoder().decode(metadata.xmp);
  if (!endOfDescriptions.test(text)) {
    warn('The XMP has no place for the note that the decoder was the perceptual one');
    return metadata as Metadata;
  }
  const noted = text.replace(endOfDescriptions, (end) => note + end);
  return { ...metadata, xmp: new TextEncoder().encode(noted) };
}
