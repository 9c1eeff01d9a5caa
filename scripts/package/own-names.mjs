/**
 * The names of properties that this plugin alone reads and writes, so that the build may shorten them.
 *
 * A name is ours when each use of it in src/ is of a member that src/ declares, outside the boundary. It is foreign
 * as soon as a declaration outside has it too (a browser's, Converse's), a string spells it, or a value that has it
 * may reach code that is not ours: Converse, Strophe, the browser, storage, another tab, another plugin.
 */
import path from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { Leaks, parameterAt } from "./leaks.mjs";

const home = path.join(path.dirname(fileURLToPath(import.meta.url)), "../..");

/** Shapes of Converse, of what is stored, of messages between tabs, and of the public API. */
const BOUNDARY =
  /^src\/(index|api|settings|converse\/(converse-types|store\/.*|listen\/tabs)|core\/outbox\/stored-message)\.ts$/;

/** @returns {ts.Program} of what is built from src/ below a folder */
export function programOf(root = home) {
  const file = path.join(root, "tsconfig.build.json");
  const { config } = ts.readConfigFile(file, ts.sys.readFile);
  const { fileNames, options } = ts.parseJsonConfigFileContent(
    config,
    ts.sys,
    root,
  );
  return ts.createProgram(fileNames, options);
}

/** Types whose values have no members of their own. */
const PRIMITIVE =
  ts.TypeFlags.StringLike |
  ts.TypeFlags.NumberLike |
  ts.TypeFlags.BooleanLike |
  ts.TypeFlags.Null |
  ts.TypeFlags.Undefined |
  ts.TypeFlags.Void |
  ts.TypeFlags.Never;

/** The identifier of a member where it is declared or used; undefined for any other node. */
function nameOf(node) {
  if (ts.isPropertyAccessExpression(node)) return node.name;
  if (ts.isBindingElement(node) && ts.isObjectBindingPattern(node.parent))
    return node.dotDotDotToken ? undefined : (node.propertyName ?? node.name);
  if (ts.isParameter(node))
    return ts.isParameterPropertyDeclaration(node, node.parent)
      ? node.name
      : undefined;
  const isMember =
    ts.isClassElement(node) ||
    ts.isTypeElement(node) ||
    ts.isObjectLiteralElement(node);
  return isMember ? node.name : undefined;
}

/** The members of a program's sources that src/ below `root` declares, and those that it only uses. */
class Names {
  /** Name → how often it is used. */
  uses = new Map();
  foreign = new Set();

  constructor(root, program) {
    this.root = root;
    this.checker = program.getTypeChecker();
    this.leaks = new Leaks(this.checker, (node) => this.isInSrc(node));
    for (const file of program.getSourceFiles()) {
      if (this.isOwn(file)) this.read(file);
      else this.readForeign(file);
      if (this.isInSrc(file)) this.follow(file);
    }
  }

  placeOf(node) {
    return path.relative(this.root, node.getSourceFile().fileName);
  }
  isInSrc(node) {
    return this.placeOf(node).startsWith("src/");
  }
  isOwn(node) {
    return this.isInSrc(node) && !BOUNDARY.test(this.placeOf(node));
  }

  readForeign(node) {
    const name = nameOf(node);
    if (name) this.foreign.add(name.text);
    ts.forEachChild(node, (child) => this.readForeign(child));
  }

  read(node) {
    const name = nameOf(node);
    if (name && ts.isIdentifier(name)) {
      this.uses.set(name.text, (this.uses.get(name.text) ?? 0) + 1);
      if (!this.areOwn(this.membersOf(node, name))) this.foreign.add(name.text);
    } else if (name) this.foreign.add(name.text);
    if (ts.isStringLiteralLike(node) && isValue(node))
      this.foreign.add(node.text);
    ts.forEachChild(node, (child) => this.read(child));
  }

  /** The members that a name can stand for: of a literal, those of each type that is expected there. */
  membersOf(node, name) {
    const { checker } = this;
    const within = (type) =>
      (type.isUnion() ? type.types : [type])
        .map((part) => part.getProperty(name.text))
        .filter(Boolean);
    if (ts.isBindingElement(node))
      return within(checker.getTypeAtLocation(node.parent));
    const expected =
      ts.isObjectLiteralElement(node) && checker.getContextualType(node.parent);
    return expected ? within(expected) : [checker.getSymbolAtLocation(name)];
  }

  /** A member without a declaration is made from a string, or its type is lost. */
  areOwn(members) {
    return (
      members.length > 0 &&
      members.every((member) => {
        const declarations = member?.declarations ?? [];
        return (
          declarations.length > 0 &&
          declarations.every((each) => this.isOwn(each) && !isExport(each))
        );
      })
    );
  }

  follow(node) {
    this.followFlow(node);
    ts.forEachChild(node, (child) => this.follow(child));
  }

  followFlow(node) {
    const { checker, leaks } = this;
    // The key is a name that a string spells at run time; the member's own type is not lost by that.
    if (ts.isElementAccessExpression(node) && !isIndex(checker, node))
      leaks.leakMembers(checker.getTypeAtLocation(node.expression));
    if (ts.isForInStatement(node))
      leaks.leak(checker.getTypeAtLocation(node.expression));
    if (ts.isTypePredicateNode(node) && node.type)
      this.followCast(
        checker.getTypeAtLocation(node.parameterName),
        checker.getTypeAtLocation(node.type),
      );
    if (ts.isAsExpression(node) && !ts.isConstTypeReference(node.type))
      this.followCast(
        checker.getTypeAtLocation(node.expression),
        checker.getTypeAtLocation(node),
      );
    if (!ts.isExpression(node)) return;
    const expected = this.expectedAt(node);
    if (expected) leaks.flow(checker.getTypeAtLocation(node), expected);
  }

  /** Between two types of our own a cast loses nothing: each name is shortened alike wherever it stands. */
  followCast(from, to) {
    if (this.isOwnType(from) && this.isOwnType(to)) this.leaks.flow(from, to);
    else for (const type of [from, to]) this.leaks.leak(type);
  }

  isOwnType(type) {
    if (type.isUnionOrIntersection())
      return type.types.every((part) => this.isOwnType(part));
    if (type.flags & PRIMITIVE) return true;
    const declarations = type.symbol?.declarations ?? [];
    return (
      declarations.length > 0 && declarations.every((each) => this.isOwn(each))
    );
  }

  expectedAt(node) {
    const { checker } = this;
    const { parent } = node;
    // A binding pattern expects the members that it takes, of any type.
    if (parent.name && ts.isBindingPattern(parent.name)) return undefined;
    const isCall = ts.isCallExpression(parent) || ts.isNewExpression(parent);
    const index = isCall ? (parent.arguments ?? []).indexOf(node) : -1;
    if (index === -1) return checker.getContextualType(node);
    const signature = checker.getResolvedSignature(parent);
    return signature && parameterAt(checker, signature, index);
  }
}

/** Whether a string is there at run time: it may be the name of a member. */
const isValue = ({ parent }) =>
  !ts.isLiteralTypeNode(parent) &&
  !ts.isImportDeclaration(parent) &&
  !ts.isExportDeclaration(parent);

/** Exports of a module are no members: an import by their names does not follow when they are shortened. */
const isExport = (declaration) =>
  ts.isVariableDeclaration(declaration) ||
  ts.isFunctionDeclaration(declaration) ||
  ts.isClassDeclaration(declaration) ||
  ts.isEnumDeclaration(declaration) ||
  ts.isModuleDeclaration(declaration);

const isIndex = (checker, { argumentExpression }) =>
  ts.isStringLiteralLike(argumentExpression) ||
  Boolean(
    checker.getTypeAtLocation(argumentExpression).flags &
    ts.TypeFlags.NumberLike,
  );

/**
 * @param {string} root the folder that has src/
 * @returns {{own: string[], foreign: Set<string>}} names that may be shortened, the most used first, and all others
 */
export function namesIn(root = home, program = programOf(root)) {
  const { uses, foreign, leaks } = new Names(root, program);
  for (const name of leaks.names) foreign.add(name);
  const own = [...uses]
    .filter(([name]) => !foreign.has(name))
    .sort(([a, many], [b, few]) => few - many || (a < b ? -1 : 1))
    .map(([name]) => name);
  return { own, foreign };
}

/** Letters that are frequent in what the build makes anyway come first: that compresses best. */
const LETTERS = "etsniorachuldfpmgywbvkETSNIORACHULDFPMGYWBVKxjqzXJQZ$_";

function* shortNames() {
  yield* LETTERS;
  for (const first of LETTERS)
    for (const second of LETTERS + "0123456789") yield first + second;
}

/**
 * The options with which esbuild shortens the names of a program, in each file alike.
 *
 * @returns {{mangleProps: RegExp, mangleCache: Record<string, string>}}
 */
export function shortening({ own, foreign } = namesIn()) {
  const names = shortNames();
  const free = () => {
    const { value } = names.next();
    return foreign.has(value) ? free() : value;
  };
  return {
    mangleProps: new RegExp(`^(?:${own.join("|")})$`),
    mangleCache: Object.fromEntries(own.map((name) => [name, free()])),
  };
}
