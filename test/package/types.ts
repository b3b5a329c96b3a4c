/** The published types through the compiler's eyes: one program for all, since reading the CDK's types takes longest. */

import { dirname, join } from 'node:path';
import * as ts from 'typescript';

/** A project as TypeScript 6 reads it, from its tsconfig.json. */
export function programOf(folder: string): ts.Program {
  const { config } = ts.readConfigFile(join(folder, 'tsconfig.json'), ts.sys.readFile);
  const { fileNames, options, errors } = ts.parseJsonConfigFileContent(config, ts.sys, folder);
  const host = ts.createCompilerHost(options);
  const { getSourceFile } = host;
  // To parse the docstrings of others, too, takes a quarter of the time.
  host.getSourceFile = (fileName, language, ...more) => {
    const { ParseAll, ParseNone } = ts.JSDocParsingMode;
    const versions = typeof language === 'object' ? language : { languageVersion: language };
    return getSourceFile(fileName, { ...versions, jsDocParsingMode: isOwn(fileName) ? ParseAll : ParseNone }, ...more);
  };
  return ts.createProgram({ rootNames: fileNames, options, host, configFileParsingDiagnostics: errors });
}

/** Whether a file is the project's or the package's. */
const isOwn = (fileName: string) => !/node_modules\/(?!regionsweep\/)/.test(fileName);

/** Faults in a project's own files and in the package's: to check all of the CDK's takes it half a minute. */
export function faultsIn(program: ts.Program): string[] {
  const own = program.getSourceFiles().filter(({ fileName }) => isOwn(fileName));
  const faults = own.flatMap((file) => [
    ...program.getSyntacticDiagnostics(file),
    ...program.getSemanticDiagnostics(file),
  ]);
  return [...program.getConfigFileParsingDiagnostics(), ...program.getOptionsDiagnostics(), ...faults].map(
    ({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
  );
}

/**
 * The exported properties of the package that lack a docstring or, where optional, a `@default`. What it takes over from
 * others is not looked at.
 * @param entry its declarations
 */
export function undocumented(program: ts.Program, entry: string): string[] {
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

const isPrivate = (declaration: ts.Declaration) =>
  Boolean(ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Private);

function isDocumented(property: ts.Symbol, checker: ts.TypeChecker): boolean {
  const isOptional = Boolean(property.flags & ts.SymbolFlags.Optional);
  const hasDefault = property.getJsDocTags().some(({ name }) => name === 'default');
  return property.getDocumentationComment(checker).length > 0 && (hasDefault || !isOptional);
}
