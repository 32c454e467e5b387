/** What the encoder can spread the bits over a picture for. */

/**
 * `psnr`: one quality for all of the picture, which gives the least squared error for the bits. `visual`: smooth places, where errors
 * are seen, get more bits than busy ones, where they are not.
 */
export const tunes = ['psnr', 'visual'] as const;
export type Tune = (typeof tunes)[number];
