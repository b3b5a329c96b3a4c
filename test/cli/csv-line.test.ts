import { csvLine } from '../../bin/cli/actor-rows';

it.each([
  [['a', 7, undefined, ''], 'a,7,,'],
  [['a,b', 'say "x"'], '"a,b","say ""x"""'],
  [['=cmd|x', '+1', '-1', '@A1', 'a=b'], "'=cmd|x,'+1,'-1,'@A1,a=b"],
  [['two\r\nlines\u202e', '\t=1'], 'two\\u{d}\\u{a}lines\\u{202e},\\u{9}=1'],
  [[-5], '-5'],
])('writes %j', (values, line) => {
  expect(csvLine(values)).toBe(line);
});
