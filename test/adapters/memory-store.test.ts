import { memoryContract, storeContract } from '../contracts/store.contract';
import { MemoryStore } from '../support/memory-store';

describe('the state store in memory', () => {
  storeContract((now) => new MemoryStore(now));
  describe('what is remembered', () => memoryContract((now) => new MemoryStore(now)));
});
