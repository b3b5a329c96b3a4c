import { MemoryStore } from '../../lambda/adapters/local/memory-store';
import { ledgerContract } from '../contracts/ledger.contract';

describe('the ledger in memory', () => {
  ledgerContract((now) => new MemoryStore(now));
});
