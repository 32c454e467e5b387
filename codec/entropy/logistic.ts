/**
 * Probabilities in the logistic domain, in integers (FORMAT.md, "Logistic tables"): what entropy priors compute with.
 *
 * A probability is an integer of 65536, a logit ln(p / (1 - p)) one of 256 a nat. Every table follows from one constant.
 */

/** A logit of one nat. */
export const logitUnit = 256;
/** Logits are clamped to this magnitude, eleven nats. */
export const maxLogit = 11 * logitUnit;

/** floor(2^26 * exp(-1 / 256)). */
const decay = 66847231;
const one = 2 ** 26;
/** round(2^25 * ln 2). */
const softplusOfZero = 23258160;

/** `[maxLogit + t]`: 65536 times the logistic function of t / 256, 2 to 65534. */
export const squashTable = new Int32Array(2 * maxLogit + 1);
/** `[p]`: the logit of p / 65536, for p from 1 to 65535. */
export const stretchTable = new Int16Array(65536);
/** `[t]`: 2^16 * ln(1 + exp(-t / 256)) for t from 0 to maxLogit. */
const softplusTable = new Int32Array(maxLogit + 1);

function fillTables(): void {
  let power = one;
  for (let t = 0; t <= maxLogit; t++) {
    const probability = Math.floor((65536 * one) / (one + power));
    squashTable[maxLogit + t] = probability;
    squashTable[maxLogit - t] = 65536 - probability;
    power = Math.floor((power * decay) / one);
  }
  let logit = 0;
  for (let p = 32768; p < 65536; p++) {
    while (logit < maxLogit && squashTable[maxLogit + logit + 1] <= p) logit++;
    stretchTable[p] = logit;
    stretchTable[65536 - p] = -logit;
  }
  let softplus = softplusOfZero;
  for (let t = 0; t <= maxLogit; t++) {
    softplusTable[t] = softplus >> 9;
    if (t < maxLogit) {
      softplus -= 131072 - squashTable[maxLogit + t] - squashTable[maxLogit + t + 1];
    }
  }
}
fillTables();

export function clampLogit(logit: number): number {
  return logit > maxLogit ? maxLogit : logit < -maxLogit ? -maxLogit : logit;
}

/** The probability, 2 to 65534 of 65536, of a logit, which is clamped. */
export function squash(logit: number): number {
  return squashTable[maxLogit + clampLogit(logit)];
}

/** The logit of a probability from 1 to 65535 of 65536. */
export function stretch(probability: number): number {
  return stretchTable[probability];
}

/** 65536 times the hyperbolic tangent of t / 256. */
export function tanh(t: number): number {
  return 2 * squash(2 * t) - 65536;
}

/** 65536 times ln(1 + exp(t / 256)), for any integer t below 2^22. */
export function softplus(t: number): number {
  const tail = softplusTable[Math.min(Math.abs(t), maxLogit)];
  return t > 0 ? (t << 8) + tail : tail;
}
