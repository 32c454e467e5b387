// The package `nic` in a browser: pictures in memory, the model by fetch, module workers.

import { browserPlatform } from './api/browser-platform.ts';
import { codecFunctions } from './api/codec.ts';

export { toImageData } from './api/to-image-data.ts';
export * from './public.ts';
export const { createCodec, encode, decode } = codecFunctions(browserPlatform);
