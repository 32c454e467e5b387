// Entry of the kernels: everything that the engine calls. Memory is imported and laid out by the engine.
export { pointwise, pointwisePair, spatial } from './conv';
export { depthwise } from './depthwise';
export { addMoments, filterRow } from './filter';
export { copy, gain, offset, shuffle, slope, unshuffle } from './elementwise';
export { multiplyReal } from './real';
