/**
 * Constants of the range coder (FORMAT.md, "Range coder").
 *
 * One state of 31 bits, renormalized by bytes: a lower bound of 2^23 over frequencies of 16 bits keeps the cost
 * of a symbol within 0.001 % of its ideal, and one state costs a short stream 4 bytes instead of 16 for four.
 */

/** Bits of a frequency; frequencies of a table sum to 2^16. */
export const frequencyBits = 16;
/** The state is at least this between symbols, and less than 2^31. */
export const stateMin = 2 ** 23;
/** Bytes that hold the state at the start of a stream. */
export const stateBytes = 4;
/** The checksum's high bits that are coded after the last symbol; its low 23 bits are in the last state. */
export const checksumHighBits = 9;
/** No escape has a longer prefix. */
export const maxEscapePrefix = 15;
