/** The shape of the context tables of a model (FORMAT.md, "Contexts"). */

/** Nodes with a bias of their own; those above share the last. */
export const contextNodes = 4;

/** Lower bounds of the classes of what is around a symbol, of its balance and of its activity (contexts.ts). */
export const aroundBounds = [1, 3, 5, 9, 13, 18, 24, 32, 44, 64, 90, 128];
export const activityBounds = [-640, -320, -160, -80, -30, 0, 30, 80, 160, 320, 640];
export const balanceBounds = [-48, -24, -10, -2, 3, 11, 25, 49];
