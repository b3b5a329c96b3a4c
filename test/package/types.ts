/** The published types through the compiler's eyes. */

import { join } from 'node:path';
import * as ts from 'typescript';

/**
 * Type checks the files of an app and the declarations of a package that it uses, and writes the files as JavaScript. The
 * declarations of other packages are taken as they are.
 * @returns faults; and the exported properties of the package that lack a docstring or, where optional, a `@default`
 */
export function checkTypes(app: string, files: readonly string[], compilerOptions: object, name: string) {
  const { options } = ts.convertCompilerOptionsFromJson(compilerOptions, app);
  const program = ts.createProgram({
    rootNames: files.map((file) => join(app, file)),
    options: { ...options, skipLibCheck: false, typeRoots: [join(app, 'node_modules/@types')] },
  });
  const folder = join(app, 'node_modules', name);
  const checked = program
    .getSourceFiles()
    .filter(({ fileName }) => fileName.startsWith(`${folder}/`) || !fileName.includes('/node_modules/'));
  program.emit();
  const diagnostics = [
    ...program.getOptionsDiagnostics(),
    ...checked.flatMap((file) => [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]),
  ];
  const entry = program.getSourceFile(join(folder, 'dist/lib/index.d.ts'))!;
  return {
    faults: diagnostics.map(
      ({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`,
    ),
    undocumented: undocumented(entry, program.getTypeChecker(), checked),
  };
}

function undocumented(entry: ts.SourceFile, checker: ts.TypeChecker, own: readonly ts.SourceFile[]): string[] {
  return checker.getExportsOfModule(checker.getSymbolAtLocation(entry)!).flatMap((exported) => {
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
