/** The end-to-end scenarios on a deployed stack; docs/testing.md says how. */
const { transform, testEnvironment } = require('./jest.config.js').projects[0];

module.exports = {
  transform,
  testEnvironment,
  testMatch: ['<rootDir>/test/aws/**/*.test.ts'],
  // Dead letters take as long as the queue hides a failed message, as often as it hands it out.
  testTimeout: 3 * 3600 * 1000,
};
