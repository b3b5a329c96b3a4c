import { startEmulatedWorld } from './emulated-world';
import { allScenarios } from './scenarios/all';

describe('the bundled function on emulators', () => allScenarios(() => startEmulatedWorld()));
