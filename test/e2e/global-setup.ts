import { synthesizeOnce } from './stack';

export default synthesizeOnce;
