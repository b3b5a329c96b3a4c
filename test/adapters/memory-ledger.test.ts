import { MemoryLedger } from '../../lambda/adapters/memory-ledger';
import { ledgerContract } from '../contracts/ledger.contract';

describe('the ledger in memory', () => {
  ledgerContract((now) => new MemoryLedger(now));
});
