// The tests of `npm test`: Node alone.
export default {
  files: ['build/test/**/*.test.js', '!build/test/browser/**'],
  concurrency: 2,
  timeout: '5m',
};
