import { MemoryStore } from '../../lambda/adapters/local/memory-store';
import { storeContract } from '../contracts/store.contract';

describe('the state store in memory', () => {
  storeContract((now) => new MemoryStore(now));
});
