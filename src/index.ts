// The package `nic` in Node: pictures in memory. `nic/node` adds files.
import { codecFunctions } from './api/codec.ts';
import { nodePlatform } from './api/node-platform.ts';

export * from './public.ts';
export const { createCodec, encode, decode } = codecFunctions(nodePlatform);
