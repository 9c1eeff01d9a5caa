/** Which members of Converse's models, API, environment and connection src/ uses, by the compiler's own account. */
import path from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const root = path.join(
  path.dirname(fileURLToPath(import.meta.url)),
  "..",
  "..",
);
const TYPES = path.join(root, "src/converse/converse-types.ts");

function makeProgram(): ts.Program {
  const config = path.join(root, "tsconfig.json");
  const { config: json } = ts.readConfigFile(config, ts.sys.readFile) as {
    config: { include: string[] };
  };
  const { options, fileNames } = ts.parseJsonConfigFileContent(
    { ...json, include: ["src"] },
    ts.sys,
    root,
  );
  return ts.createProgram(fileNames, options);
}

/** "MucModel.leave", or "ConverseApi.listen.on" for an object inside of one; null when it is declared elsewhere. */
function nameOf(symbol: ts.Symbol | undefined): string | null {
  const [declaration] = symbol?.declarations ?? [];
  if (!symbol || !declaration) return null;
  if (path.resolve(declaration.getSourceFile().fileName) !== TYPES) return null;
  const names = [symbol.name];
  for (let at: ts.Node = declaration.parent; ; at = at.parent) {
    if (ts.isSourceFile(at)) return null;
    if (ts.isPropertySignature(at)) names.unshift(at.name.getText());
    else if (ts.isInterfaceDeclaration(at)) {
      return [at.name.text, ...names].join(".");
    } else if (ts.isParameter(at) || ts.isTypeAliasDeclaration(at)) return null;
  }
}

/** The names of all members of the hand-written interfaces that the rest of src/ reads, calls or wraps. */
export function membersUsed(): Set<string> {
  const program = makeProgram();
  const checker = program.getTypeChecker();
  const used = new Set<string>();
  const note = (symbol: ts.Symbol | undefined) => {
    const targets = symbol?.flags ? checker.getRootSymbols(symbol) : [];
    for (const target of targets) {
      const name = nameOf(target);
      if (name !== null) used.add(name);
    }
  };
  const propertyOf = (node: ts.Node, name: string) =>
    note(
      checker.getPropertyOfType(
        checker.getNonNullableType(checker.getTypeAtLocation(node)),
        name,
      ),
    );
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAccessExpression(node)) {
      note(checker.getSymbolAtLocation(node.name));
    } else if (ts.isBindingElement(node)) {
      const name = node.propertyName ?? node.name;
      if (ts.isIdentifier(name)) propertyOf(node.parent, name.text);
    } else if (
      ts.isBinaryExpression(node) &&
      node.operatorToken.kind === ts.SyntaxKind.InKeyword &&
      ts.isStringLiteral(node.left)
    ) {
      propertyOf(node.right, node.left.text);
    } else if (
      ts.isCallExpression(node) &&
      node.expression.getText() === "wrapMethod"
    ) {
      const [owner, name] = node.arguments;
      if (owner && name && ts.isStringLiteral(name)) {
        propertyOf(owner, name.text);
      }
    }
    ts.forEachChild(node, visit);
  };
  for (const file of program.getSourceFiles()) {
    const isOurs = file.fileName.startsWith(path.join(root, "src") + path.sep);
    if (isOurs && path.resolve(file.fileName) !== TYPES) visit(file);
  }
  return used;
}
