import { MemoryStore } from '../../lambda/adapters/local/memory-store';
import { memoryContract, storeContract } from '../contracts/store.contract';

describe('the state store in memory', () => {
  storeContract((now) => new MemoryStore(now));
  describe('what is remembered', () => memoryContract((now) => new MemoryStore(now)));
});
