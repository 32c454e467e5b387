// The module that a browser worker runs.
import { jobServer } from './serve-jobs.ts';
import type { WorkerReply } from './worker-messages.ts';

const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent) => void;
  postMessage(reply: WorkerReply, transfer: ArrayBuffer[]): void;
};
const serve = jobServer((reply, transfer) => scope.postMessage(reply, transfer));
scope.onmessage = (event) => serve(event.data);
