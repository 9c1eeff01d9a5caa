/** Compares an interface of the plugin's own with the type that a package ships for the same thing. */

/** The members that a type names. Converse's mixins let every other name through as well, as `any`. */
export type Named<T> = {
  [
    K in keyof T as string extends K
      ? never
      : number extends K
        ? never
        : symbol extends K
          ? never
          : K
  ]: T[K];
};

/** A method as a function: TypeScript compares the arguments of methods in both directions, those of functions in one. */
type AsFunction<M> = M extends (...args: infer A) => infer R
  ? (...args: A) => R
  : M;

type Answer<M> = M extends (...args: never[]) => infer R ? R : M;

type Shared<Own, Theirs> = keyof Named<Own> & keyof Named<Theirs>;
type Missing<Own, Theirs> = Exclude<keyof Named<Own>, keyof Named<Theirs>>;

/** The members of `Own` that `Theirs` lacks, leaves at `any`, or has with another type. */
type Wrong<Own, Theirs> =
  | Missing<Own, Theirs>
  | {
      [K in Shared<Own, Theirs>]-?: AsFunction<Theirs[K]> extends AsFunction<
        Own[K]
      >
        ? never
        : K;
    }[Shared<Own, Theirs>];

/** Like `Wrong`, whatever the arguments of a method. */
type WrongAnswer<Own, Theirs> =
  | Missing<Own, Theirs>
  | {
      [K in Shared<Own, Theirs>]-?: Answer<Theirs[K]> extends Answer<Own[K]>
        ? never
        : K;
    }[Shared<Own, Theirs>];

/** The members of a list of differences whose answer has to fit all the same. */
type OfArguments<Known> = {
  [K in keyof Known]: Known[K] extends `arguments: ${string}` ? K : never;
}[keyof Known];

/** The differences that the list lacks, and the entries of the list that are no difference. */
type Surprises<Own, Theirs, Known> =
  | Exclude<Wrong<Own, Theirs>, keyof Known>
  | Exclude<keyof Known, Wrong<Own, Theirs>>
  | (WrongAnswer<Own, Theirs> & OfArguments<Known>);

/**
 * `true` when `Own` differs from `Theirs` in exactly the members that `Known` lists: a difference that is not in the
 * list fails, and so does an entry of the list that is no difference.
 */
export type Check<Own, Theirs, Known = object> =
  Surprises<Own, Theirs, Known> extends infer S
    ? [S] extends [never]
      ? true
      : { [K in S & string]: "differs unlisted, or is listed and fits" }
    : never;

/** `true` when a function takes these arguments and answers as the plugin expects. */
export type Takes<F extends (...args: never[]) => unknown, Args, Expected> = [
  Args,
  ReturnType<F>,
] extends [Parameters<F>, Expected]
  ? true
  : { takes: Parameters<F>; answers: ReturnType<F> };

/** `true` when a type names each of these members. */
export type Has<Names extends PropertyKey, Theirs> = [
  Exclude<Names, keyof Named<Theirs>>,
] extends [never]
  ? true
  : { gone: Exclude<Names, keyof Named<Theirs>> };

/** Does not compile unless each comparison came out `true`. */
export type Holds<T extends true[]> = T;

/** Does not compile when a comparison that must come out wrong came out `true`. */
export type Fails<T extends object[]> = T;
