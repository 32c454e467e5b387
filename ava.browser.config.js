// The tests of `npm run test:browser`: they need Chromium.
export default {
  files: ['build/test/browser/**/*.test.js'],
  concurrency: 1,
  timeout: '5m',
};
