/** Which names of properties reach code that is not ours, as the compiler's types tell. */
import ts from "typescript";

/** A type that says nothing of the members of its values. */
const OPAQUE =
  ts.TypeFlags.Any | ts.TypeFlags.Unknown | ts.TypeFlags.NonPrimitive;

/** @param {ts.Signature} signature @returns {ts.Type[]} of its parameters; of a rest parameter, the array */
const parametersOf = (checker, { parameters }) =>
  parameters.map((each) => checker.getTypeOfSymbol(each));

/** @returns {ts.Type | undefined} of the argument at an index */
export function parameterAt(checker, signature, index) {
  const types = parametersOf(checker, signature);
  const last = types.at(-1);
  const isRest = signature.declaration?.parameters.at(-1)?.dotDotDotToken;
  if (!isRest || index < types.length - 1) return types[index];
  return checker.getIndexTypeOfType(last, ts.IndexKind.Number) ?? last;
}

/** Follows values from type to type, and collects the names of members of those that leave. */
export class Leaks {
  /** @type {Set<string>} */
  names = new Set();
  seen = new Set();
  pairs = new Set();

  /** @param {(declaration: ts.Node) => boolean} isOurs whether a declaration is in our source */
  constructor(checker, isOurs) {
    this.checker = checker;
    this.isOurs = isOurs;
  }

  /** A value of this type goes to, or comes from, a place of which nothing is known. */
  leak(type) {
    if (this.seen.has(type)) return;
    this.seen.add(type);
    for (const part of this.partsOf(type)) this.leak(part);
    for (const member of this.membersOf(type)) {
      this.names.add(member.name);
      this.leak(this.checker.getTypeOfSymbol(member));
    }
    for (const signature of type.getCallSignatures()) this.leakCall(signature);
  }

  /** The names of a value's members are spelt at run time. */
  leakMembers(type) {
    for (const part of type.isUnionOrIntersection() ? type.types : [type])
      for (const member of this.membersOf(part)) this.names.add(member.name);
  }

  leakCall(signature) {
    const { thisParameter, parameters } = signature;
    for (const each of [
      ...parameters,
      ...(thisParameter ? [thisParameter] : []),
    ])
      this.leak(this.checker.getTypeOfSymbol(each));
    this.leak(signature.getReturnType());
  }

  /** A value of one type goes to a place where another type is expected. */
  flow(from, to) {
    const pair = `${from.id} ${to.id}`;
    if (from === to || this.pairs.has(pair)) return;
    this.pairs.add(pair);
    if (from.flags & ts.TypeFlags.Never) return;
    if ((from.flags | to.flags) & OPAQUE || to.getStringIndexType()) {
      this.leak(from);
      this.leak(to);
      return;
    }
    const ends = (type) => (type.isUnion() ? type.types : [type]);
    if (from.isUnion() || to.isUnion())
      for (const source of ends(from))
        for (const target of ends(to)) this.flow(source, target);
    else this.flowInside(from, to);
  }

  flowInside(from, to) {
    const targets = this.partsOf(to);
    this.partsOf(from).forEach((part, index) => {
      const target = targets[index] ?? targets[0];
      if (target) this.flow(part, target);
    });
    for (const inner of from.getCallSignatures())
      for (const outer of to.getCallSignatures()) this.flowCall(inner, outer);
    for (const member of this.membersOf(from)) {
      const wanted = to.getProperty(member.name);
      if (wanted)
        this.flow(
          this.checker.getTypeOfSymbol(member),
          this.checker.getTypeOfSymbol(wanted),
        );
    }
  }

  /** A function goes to where it is called with other types than its own. */
  flowCall(inner, outer) {
    parametersOf(this.checker, inner).forEach((type, index) => {
      const given = parameterAt(this.checker, outer, index);
      if (given && !(given.flags & ts.TypeFlags.Never)) this.flow(given, type);
      else if (given) this.leak(type);
    });
    this.flow(inner.getReturnType(), outer.getReturnType());
  }

  membersOf(type) {
    return this.checker
      .getPropertiesOfType(type)
      .filter(({ declarations = [] }) => declarations.some(this.isOurs));
  }

  partsOf(type) {
    if (type.isUnionOrIntersection()) return type.types;
    const isReference = type.objectFlags & ts.ObjectFlags.Reference;
    return isReference ? this.checker.getTypeArguments(type) : [];
  }
}
