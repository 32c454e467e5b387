// The module that a Node worker thread runs.
import { parentPort } from 'node:worker_threads';
import { jobServer } from './serve-jobs.ts';

if (parentPort === null) throw new Error('This module runs in a worker thread');
const port = parentPort;
port.on(
  'message',
  jobServer((reply, transfer) => port.postMessage(reply, transfer)),
);
