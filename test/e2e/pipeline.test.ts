import { startEmulatedWorld } from './emulated-world';
import { allScenarios } from './scenarios';

describe('the bundled function on emulators', () => allScenarios(() => startEmulatedWorld()));
