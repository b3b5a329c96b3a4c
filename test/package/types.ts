/** The published types through the compiler's eyes. */

import { dirname, join } from 'node:path';
import * as ts from 'typescript';

/**
 * The exported properties of a package that lack a docstring or, where optional, a `@default`. What it imports from others
 * is not looked at, so these need not be there.
 * @param entry its declarations
 */
export function undocumented(entry: string): string[] {
  const program = ts.createProgram({ rootNames: [entry], options: { types: [] } });
  const own = program.getSourceFiles().filter(({ fileName }) => fileName.startsWith(dirname(dirname(entry))));
  const checker = program.getTypeChecker();
  const exports = checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(entry)!)!);
  return exports.flatMap((exported) => {
    const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
    if (!(symbol.flags & (ts.SymbolFlags.Interface | ts.SymbolFlags.Class))) return [];
    return checker
      .getPropertiesOfType(checker.getDeclaredTypeOfSymbol(symbol))
      .filter(({ declarations = [] }) =>
        declarations.some((one) => own.includes(one.getSourceFile()) && !isPrivate(one)),
      )
      .filter((property) => !isDocumented(property, checker))
      .map((property) => `${symbol.name}.${property.name}`);
  });
}

/** TypeScript 6's faults in a project's own files and in the package's: to check all of the CDK's takes it half a minute. */
export function faultsIn(folder: string): string[] {
  const { config } = ts.readConfigFile(join(folder, 'tsconfig.json'), ts.sys.readFile);
  const { fileNames, options, errors } = ts.parseJsonConfigFileContent(config, ts.sys, folder);
  const program = ts.createProgram(fileNames, options);
  const own = program.getSourceFiles().filter(({ fileName }) => !/node_modules\/(?!regionsweep\/)/.test(fileName));
  const faults = own.flatMap((file) => [
    ...program.getSyntacticDiagnostics(file),
    ...program.getSemanticDiagnostics(file),
  ]);
  return [...errors, ...program.getOptionsDiagnostics(), ...faults].map(
    ({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
  );
}

const isPrivate = (declaration: ts.Declaration) =>
  Boolean(ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Private);

function isDocumented(property: ts.Symbol, checker: ts.TypeChecker): boolean {
  const isOptional = Boolean(property.flags & ts.SymbolFlags.Optional);
  const hasDefault = property.getJsDocTags().some(({ name }) => name === 'default');
  return property.getDocumentationComment(checker).length > 0 && (hasDefault || !isOptional);
}
