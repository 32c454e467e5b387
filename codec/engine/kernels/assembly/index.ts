// Entry of the kernels: everything that the engine and the coder of the prior `adaptive` call. Memory is imported and laid out by them.
export { beginTile, codeRow } from './adaptive';
export { pointwise, pointwisePair, spatial } from './conv';
export { depthwise } from './depthwise';
export { addMoments, filterRow } from './filter';
export { copy, gain, offset, shuffle, slope, unshuffle } from './elementwise';
export { multiplyReal } from './real';
