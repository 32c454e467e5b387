// Symbols coded by the prior `adaptive` (FORMAT.md, "Priors"), in either direction: what codec/prior and codec/entropy do one symbol at a
// time for any prior, for the positions of a row. All numbers are the same integers.

const nodeCount: usize = 12;
const contextNodes: usize = 4;
const aroundContexts: i32 = 13, activityContexts: i32 = 12, balanceContexts: i32 = 9;
const cellClasses: i32 = 7;
const maxExcess: i32 = 127;
const maxAround: i32 = 4 * maxExcess;
const maxActivity: i32 = 640;
const maxLogit: i32 = 2816;
const maxCount: u32 = 1023;
const maxEscapePrefix: i32 = 15;
const stateMin: u32 = 1 << 23;

/** What codeRow gives: all went well; the stream ends too early; an escape is out of range. */
const coded: i32 = 0, streamEnds: i32 = 1, badEscape: i32 = 2;

// What beginTile is given, in this order: addresses of tables of int16 and uint16,
let probabilities: usize, logits: usize, stretched: usize, aroundBias: usize, activityBias: usize, balanceBias: usize;
// of int32,
let cumulative: usize, firsts: usize, radii: usize, excessFactors: usize, squashed: usize;
// and of bytes;
let ends: usize, aroundClasses: usize, activityClasses: usize, balanceClasses: usize, cellClassOf: usize;
// the weights of links, int16, or 0 without them;
let links: usize;
// addresses of what a tile counts: uint16, int32 and bytes, and the sums of links, int16;
let byScale: usize, byAround: usize, byChannel: usize, mixerWeights: usize, surprised: usize, excesses: usize, linkSums: usize;
// that of the stream, and numbers.
let stream: usize, height: i32, width: i32, channels: i32, groupSize: i32, sliceChannels: i32, skipBelow: i32, maxMagnitude: i32;

/** Of the symbol at hand: the entries of node 0. */
let logitEntry: usize, aroundEntry: usize, activityEntry: usize, balanceEntry: usize;
let linked: i32;
let scaleCell: usize, aroundCell: usize, channelCell: usize;

/** The stream: whether it is read; the state of the range coder; where the next byte is, and the end of them. */
let isReading: bool = false;
let state: u32, place: usize, streamEnd: usize;
let status: i32;

/** `layout` holds all of the above, int32 each. Counts, excesses and sums are 0 before a tile. */
export function beginTile(layout: usize): void {
  probabilities = load<u32>(layout);
  logits = load<u32>(layout, 4);
  stretched = load<u32>(layout, 8);
  aroundBias = load<u32>(layout, 12);
  activityBias = load<u32>(layout, 16);
  balanceBias = load<u32>(layout, 20);
  cumulative = load<u32>(layout, 24);
  firsts = load<u32>(layout, 28);
  radii = load<u32>(layout, 32);
  excessFactors = load<u32>(layout, 36);
  squashed = load<u32>(layout, 40);
  ends = load<u32>(layout, 44);
  aroundClasses = load<u32>(layout, 48);
  activityClasses = load<u32>(layout, 52);
  balanceClasses = load<u32>(layout, 56);
  cellClassOf = load<u32>(layout, 60);
  links = load<u32>(layout, 64);
  byScale = load<u32>(layout, 68);
  byAround = load<u32>(layout, 72);
  byChannel = load<u32>(layout, 76);
  mixerWeights = load<u32>(layout, 80);
  surprised = load<u32>(layout, 84);
  excesses = load<u32>(layout, 88);
  linkSums = load<u32>(layout, 92);
  stream = load<u32>(layout, 96);
  height = load<i32>(layout, 100);
  width = load<i32>(layout, 104);
  channels = load<i32>(layout, 108);
  groupSize = load<i32>(layout, 112);
  sliceChannels = load<i32>(layout, 116);
  skipBelow = load<i32>(layout, 120);
  maxMagnitude = load<i32>(layout, 124);
}

/**
 * Codes the symbols of a slice of channels at the positions of row `y`: of `scales` and `symbols`, `[position][groupSize]`. Bits 2p and
 * 2p + 1 of `groups` say which group positions of parity p code, bits 4p to 4p + 3 of `pending` which they code in this step or later.
 * `stream` holds, int32 each, the state of the range coder and the addresses of its next byte and of their end, or, with `reading`
 * false, the second alone, where intervals are written.
 */
export function codeRow(y: i32, slice: i32, groups: i32, pending: i32, scales: usize, symbols: usize, reading: bool): i32 {
  isReading = reading;
  state = load<u32>(stream);
  place = load<u32>(stream, 4);
  streamEnd = load<u32>(stream, 8);
  status = coded;
  const outside = height * width;
  for (let x = 0; x < width; x++) {
    const position = y * width + x;
    const parity = ((y & 1) << 1) | (x & 1);
    const group = (groups >> (2 * parity)) & 3;
    const pendingHere = pending >> (4 * parity);
    const firstChannel = group * groupSize + slice * sliceChannels;
    const own = excesses + <usize>(position * channels + firstChannel);
    const above = excesses + <usize>((y > 0 ? position - width : outside) * channels + firstChannel);
    const below = excesses + <usize>((y + 1 < height ? position + width : outside) * channels + firstChannel);
    const left = excesses + <usize>((x > 0 ? position - 1 : outside) * channels + firstChannel);
    const right = excesses + <usize>((x + 1 < width ? position + 1 : outside) * channels + firstChannel);
    const sum = surprised + (<usize>position << 2);
    const ownLinks = linkSums + (<usize>(position * channels) << 1);
    const index = position * groupSize + slice * sliceChannels;
    for (let channel = 0; channel < sliceChannels; channel++) {
      const scale = <i32>load<u8>(scales + <usize>(index + channel));
      const symbolAt = symbols + (<usize>(index + channel) << 1);
      if (scale < skipBelow) {
        store<i16>(symbolAt, 0);
        continue;
      }
      const at = <usize>channel;
      const value0 = <i32>load<i8>(above + at), value1 = <i32>load<i8>(below + at);
      const value2 = <i32>load<i8>(left + at), value3 = <i32>load<i8>(right + at);
      const around = abs(value0) + abs(value1) + abs(value2) + abs(value3);
      linked = links === 0 ? 0 : <i32>load<i16>(ownLinks + (<usize>(firstChannel + channel) << 1)) >> 4;
      beginSymbol(scale, firstChannel + channel, around, value0 + value1 + value2 + value3, load<i32>(sum) >> 8);
      const symbol = codeSymbol(scale, <i32>load<i16>(symbolAt));
      if (status !== coded) break;
      store<i16>(symbolAt, <i16>symbol);
      const size = min((abs(symbol) * load<i32>(excessFactors + (<usize>scale << 2))) >> 4, maxExcess);
      store<i8>(own + at, <i8>(symbol < 0 ? -size : size));
      const expected = <i32>load<u16>(probabilities + <usize>scale * nodeCount * 2) >> 4;
      const surprise = (symbol === 0 ? 0 : 4096) - expected;
      store<i32>(sum, load<i32>(sum) + surprise);
      if (links !== 0) addLinks(ownLinks, firstChannel + channel, surprise, pendingHere);
    }
    if (status !== coded) break;
  }
  store<u32>(stream, state);
  store<u32>(stream, <u32>place, 4);
  return status;
}

function beginSymbol(scale: i32, channel: i32, around: i32, balance: i32, activity: i32): void {
  const active = max(-maxActivity - 1, min(activity, maxActivity)) + maxActivity + 1;
  const contextBytes = contextNodes * 2, cellBytes = nodeCount * 4;
  logitEntry = logits + <usize>scale * nodeCount * 2;
  const aroundContext = scale * aroundContexts + <i32>load<u8>(aroundClasses + <usize>around);
  aroundEntry = aroundBias + <usize>aroundContext * contextBytes;
  const activityContext = (scale >> 1) * activityContexts + <i32>load<u8>(activityClasses + <usize>active);
  activityEntry = activityBias + <usize>activityContext * contextBytes;
  const balanceContext = channel * balanceContexts + <i32>load<u8>(balanceClasses + <usize>(balance + maxAround));
  balanceEntry = balanceBias + <usize>balanceContext * contextBytes;
  scaleCell = byScale + <usize>scale * cellBytes;
  aroundCell = byAround + <usize>((scale >> 1) * cellClasses + <i32>load<u8>(cellClassOf + <usize>around)) * cellBytes;
  channelCell = byChannel + <usize>(channel * 16 + (scale >> 2)) * cellBytes;
}

/** Adds what a symbol of a surprise says of the channels of pending groups to the sums of its position. */
function addLinks(sums: usize, channel: i32, surprise: i32, pending: i32): void {
  const bytes = <usize>channels << 1;
  const row = links + <usize>channel * bytes;
  // (4 a b + 2^14) >> 15 is (a b + 2^12) >> 13.
  const factor = i16x8.splat(<i16>(surprise << 2));
  const groupBytes = bytes >> 2;
  for (let group = 0; group < 4; group++) {
    if (((pending >> group) & 1) === 0) continue;
    const start = <usize>group * groupBytes;
    for (let at = start; at < start + groupBytes; at += 16) {
      const part = i16x8.q15mulr_sat_s(factor, v128.load(row + at));
      v128.store(sums + at, i16x8.add_sat_s(v128.load(sums + at), part));
    }
  }
}

/** The first failure counts; what is read after it does not. */
function fail(how: i32): void {
  if (status === coded) status = how;
}

/** The path of decisions of a symbol; `wanted` counts in a writer. */
function codeSymbol(scale: i32, wanted: i32): i32 {
  if (!decide(0, wanted !== 0)) return 0;
  const isNegative = decide(1, wanted < 0);
  const end = <usize>load<u8>(ends + <usize>scale);
  const limit = load<i32>(radii + (<usize>scale << 2));
  const table = cumulative + (<usize>load<i32>(firsts + (<usize>scale << 2)) << 2);
  const size = abs(wanted);
  let node: usize = 2;
  while (node < end && decide(node, size > boundOf(node))) node++;
  const low = boundOf(node - 1) + 1;
  const high = node < end ? boundOf(node) + 1 : limit + 2;
  let magnitude = choose(table, low, high, min(size, limit + 1));
  if (magnitude > limit) {
    magnitude = limit + codeEscape(size - limit);
    if (magnitude > maxMagnitude) fail(badEscape);
  }
  return isNegative ? -magnitude : magnitude;
}

/** Largest magnitude of the answer "no" at a node from 1 on. */
// @ts-ignore: decorator
@inline
function boundOf(node: usize): i32 {
  return node === 1 ? 0 : 1 << <i32>(node - 2);
}

// @ts-ignore: decorator
@inline
function squash(logit: i32): i32 {
  return load<i32>(squashed + (<usize>(maxLogit + max(-maxLogit, min(logit, maxLogit))) << 2));
}

function decide(node: usize, wanted: bool): bool {
  const context = min(node, contextNodes - 1) << 1;
  const logit = max(-maxLogit, min(
    <i32>load<i16>(logitEntry + (node << 1)) + <i32>load<i16>(aroundEntry + context) +
    <i32>load<i16>(activityEntry + context) + <i32>load<i16>(balanceEntry + context) + (node === 1 ? 0 : linked),
    maxLogit,
  ));
  const scaleCounts = scaleCell + (node << 2), aroundCounts = aroundCell + (node << 2), channelCounts = channelCell + (node << 2);
  let mean = squash(logit) << 6;
  mean = posterior(scaleCounts, 300, mean);
  mean = posterior(aroundCounts, 60, mean);
  mean = posterior(channelCounts, 45, mean);
  const cellLogit = <i32>load<i16>(stretched + (<usize>max(2, min(mean >> 6, 65534)) << 1));
  const weights = mixerWeights + (node << 3);
  const weight0 = load<i32>(weights), weight1 = load<i32>(weights, 4);
  const sum = (<i64>weight0 * <i64>logit + <i64>weight1 * <i64>cellLogit) >> 16;
  const probability = squash(<i32>max<i64>(-maxLogit, min<i64>(sum, maxLogit)));
  const answer = codeAnswer(<u32>probability, wanted);
  count(scaleCounts, answer);
  count(aroundCounts, answer);
  count(channelCounts, answer);
  const error = (answer ? 65536 : 0) - probability;
  store<i32>(weights, weight0 + ((error * logit + 32768) >> 16));
  store<i32>(weights, weight1 + ((error * cellLogit + 32768) >> 16), 4);
  return answer;
}

/** The mean of a Beta distribution after the two counts of a cell, with 22 fraction bits. */
// @ts-ignore: decorator
@inline
function posterior(cell: usize, strength: i32, mean: i32): i32 {
  const no = <i32>load<u16>(cell), yes = <i32>load<u16>(cell, 2);
  // Products stay below 2^33, so that the quotient of doubles has the right floor.
  return <i32>((<f64>strength * <f64>mean + 4194304.0 * <f64>yes) / <f64>(strength + no + yes));
}

// @ts-ignore: decorator
@inline
function count(cell: usize, answer: bool): void {
  const side = cell + (<usize>answer << 1);
  const total = <u32>load<u16>(side) + 1;
  store<u16>(side, <u16>total);
  if (total < maxCount) return;
  store<u16>(cell, load<u16>(cell) >> 1);
  store<u16>(cell, load<u16>(cell, 2) >> 1, 2);
}

/** A yes or no; "yes" has the interval [0, probability) of 65536. */
// @ts-ignore: decorator
@inline
function codeAnswer(probability: u32, wanted: bool): bool {
  const answer = isReading ? (state & 0xffff) < probability : wanted;
  if (answer) take(0, probability);
  else take(probability, 65536 - probability);
  return answer;
}

/** One of the slots from `from` to `to` - 1 of a cumulative table. */
function choose(table: usize, from: i32, to: i32, wanted: i32): i32 {
  if (to - from <= 1) return from;
  const base = load<i32>(table + (<usize>from << 2));
  const whole = <u64>(load<i32>(table + (<usize>to << 2)) - base);
  let slot = wanted;
  if (isReading) {
    const frequency = state & 0xffff;
    let beyond = to;
    slot = from;
    while (beyond - slot > 1) {
      const middle = (slot + beyond) >> 1;
      if (slotStart(table, base, whole, middle) <= frequency) slot = middle;
      else beyond = middle;
    }
  }
  const start = slotStart(table, base, whole, slot);
  take(start, slotStart(table, base, whole, slot + 1) - start);
  return slot;
}

function slotStart(table: usize, base: i32, whole: u64, slot: i32): u32 {
  return <u32>((<u64>(load<i32>(table + (<usize>slot << 2)) - base) << 16) / whole);
}

/** Exp-Golomb of order 0 for a value of at least 1. */
function codeEscape(wanted: i32): i32 {
  const wantedPrefix = 31 - clz(wanted);
  let prefix = 0;
  while (uniform(1, prefix < wantedPrefix ? 0 : 1) === 0) {
    if (++prefix > maxEscapePrefix) {
      fail(badEscape);
      return 0;
    }
  }
  return (1 << prefix) + uniform(prefix, wanted - (1 << prefix));
}

/** A number of `bits` bits, 0 to 15. */
function uniform(bits: i32, wanted: i32): i32 {
  const shift = 16 - bits;
  const value = isReading ? <i32>((state & 0xffff) >> shift) : wanted;
  take(value << shift, 1 << shift);
  return value;
}

/** Goes past an interval of 65536, or writes it as `start << 16 | size - 1`. */
function take(start: u32, size: u32): void {
  if (!isReading) {
    store<u32>(place, (start << 16) | (size - 1));
    place += 4;
    return;
  }
  let next = size * (state >> 16) + (state & 0xffff) - start;
  while (next < stateMin) {
    if (place >= streamEnd) {
      fail(streamEnds);
      break;
    }
    next = (next << 8) | <u32>load<u8>(place++);
  }
  state = next;
}
